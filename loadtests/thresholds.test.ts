import t from 'tap'
import { emptyHistogram, latencyOf, recordBuckets } from './histogram.ts'
import { judge } from './thresholds.ts'

const histogram = emptyHistogram()
recordBuckets(histogram, [[2000, 10]])
const figures = {
  ledger: { expected: 10, delivered: 9, lost: 1, duplicate: 0, reordered: 0, late: 3, unexpected: 0 },
  integrity: { malformed: 2, misnumbered: 0, out_of_sender_order: 0 },
  publishes: { scheduled: 1, sent: 1, accepted: 1, refused: 0, unanswered: 0 },
  connections: { planned: 11, ready: 11, failed: 0, dropped: 0 },
  checks: [
    { name: 'closed_in_time', what: 'closed', judged: 5, broken: 2, examples: [] },
    { name: 'never_judged', what: 'nothing', judged: 0, broken: 0, examples: [] },
  ],
  latency: { delivery: latencyOf(histogram), ack: latencyOf(emptyHistogram()) },
}
const find = (bounds: Record<string, number>, name: string) =>
  judge(bounds, figures).find((found) => found.name === name)

t.test('what a correct server never does is bounded by 0', async (t) => {
  t.same(
    judge({}, figures).map(({ name, pass }) => [name, pass]),
    [
      ['lost', false],
      ['duplicate', true],
      ['reordered', true],
      ['unexpected', true],
      ['malformed', false],
      ['misnumbered', true],
      ['out_of_sender_order', true],
      ['unanswered', true],
      ['refused', true],
      ['failed', true],
      ['dropped', true],
      ['closed_in_time', false],
      ['never_judged', false],
    ],
  )
})

t.test('a workload may allow more, and bound more', async (t) => {
  t.same(find({ lost: 1 }, 'lost'), { name: 'lost', limit: 1, value: 1, pass: true })
  t.same(find({ late: 2 }, 'late'), { name: 'late', limit: 2, value: 3, pass: false })
  t.same(find({ 'delivery.p99': 2 }, 'delivery.p99'), { name: 'delivery.p99', limit: 2, value: 2, pass: true })
  t.same(find({ 'delivery.p99': 1.9 }, 'delivery.p99')?.pass, false)
})

t.test('a check may be allowed to break, but not to judge nothing', async (t) => {
  t.same(find({ closed_in_time: 2 }, 'closed_in_time'), { name: 'closed_in_time', limit: 2, value: 2, pass: true })
  t.same(find({ never_judged: 9 }, 'never_judged'), { name: 'never_judged', limit: 9, value: 0, pass: false })
})

t.test('a latency of which nothing was measured does not pass', async (t) => {
  t.same(find({ 'ack.p99': 5 }, 'ack.p99'), { name: 'ack.p99', limit: 5, value: 0, pass: false })
})

t.test('a figure that does not exist is an error', async (t) => {
  for (const name of ['losses', 'delivery.p98', 'delivery', 'nothing.p99', 'toString.p99', 'constructor']) {
    t.throws(() => judge({ [name]: 1 }, figures), { message: `there is no figure "${name}"` }, name)
  }
})
