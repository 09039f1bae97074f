import t from 'tap'
import { parseSlo, SloError } from './slo.ts'

const READ: readonly (readonly [sentence: string, text: string, bounds: object])[] = [
  ['a percentile is one of delivery', 'p99<100ms', { 'delivery.p99': 100 }],
  ['several bounds hold together', 'p99<100ms, lost=0', { 'delivery.p99': 100, lost: 0 }],
  ['another latency is named', 'ack.p50<=0.5s', { 'ack.p50': 500 }],
  ['microseconds are a unit', 'max<250us', { 'delivery.max': 0.25 }],
  ['p99.9 may have its point', 'p99.9<1s', { 'delivery.p99_9': 1000 }],
  ['a count below five is at most four', 'late<5', { late: 4 }],
  ['at most five', 'dropped<=5', { dropped: 5 }],
]
for (const [sentence, text, bounds] of READ) t.test(sentence, async (t) => t.same(parseSlo(text), bounds))

const REFUSED: readonly (readonly [sentence: string, text: string, message: RegExp])[] = [
  ['nothing at all', '', /"" is no bound: write one such as p99<100ms or lost=0/],
  ['a bound from below', 'p99>100ms', /"p99>100ms" is no bound/],
  ['a latency without a unit', 'p99<100', /needs a unit of time: write us, ms or s after 100/],
  ['a latency in hours', 'p99<1h', /needs a unit of time/],
  ['an exact latency', 'p99=100ms', /write p99<100ms/],
  ['a count with a unit', 'lost<5ms', /bounds a count: write a whole number without a unit/],
  ['half a message', 'lost<0.5', /bounds a count/],
  ['an exact count above none', 'late=5', /write late<=5/],
  ['a count below none', 'lost<0', /no count is below 0: write =0/],
  ['the same figure twice', 'p99<1s,delivery.p99<2s', /bounds delivery\.p99 twice/],
]
for (const [sentence, text, message] of REFUSED)
  t.test(`${sentence} is refused in one sentence`, async (t) =>
    t.throws(() => parseSlo(text), { constructor: SloError, message }),
  )
