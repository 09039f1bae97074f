import t from 'tap'
import type { Threshold, Validity } from '../schemas/generated/results.ts'
import { knobOf, probeOf, workloadAt } from './search-probe.ts'
import { playable } from './workload.ts'

const HELD: Threshold = { name: 'lost', limit: 0, value: 0, pass: true }
const MISSED: Threshold = { name: 'delivery.p99', limit: 100, value: 130, pass: false }

const ROWS: readonly (readonly [sentence: string, verdict: Validity['verdict'], of: Threshold, probe: object])[] = [
  ['a valid run that keeps every bound held', 'valid', HELD, { outcome: 'held' }],
  [
    'a valid run over a bound broke, and says which',
    'valid',
    MISSED,
    { outcome: 'broke', why: /delivery\.p99 is 130/ },
  ],
  ['a suspect run that keeps every bound held all the same', 'suspect', HELD, { outcome: 'held' }],
  [
    'a suspect run over a bound is not judged',
    'suspect',
    MISSED,
    { outcome: 'unjudged', why: /^SUSPECT: k6 was slow$/ },
  ],
  ['an INVALID run is not judged, though it keeps every bound', 'invalid', HELD, { outcome: 'unjudged' }],
]
for (const [sentence, verdict, threshold, probe] of ROWS)
  t.test(sentence, async (t) =>
    t.match(probeOf(20, { validity: { verdict, reasons: ['k6 was slow'] }, thresholds: [threshold] }), probe),
  )

const workload = playable(
  { scenario: 'fan-out', rooms: 1, subscribers: 9, publishers: 1, rate_per_s: 3, duration_ms: 1000 },
  { thresholds: { late: 3, lost: 2 } },
  'here',
)

t.test('a workload is turned to a value, the SLO over its own bounds', async (t) => {
  const slo = { 'delivery.p99': 100, lost: 0 }
  t.equal(knobOf(workload, 'rate', slo), 3)
  const turned = workloadAt(workload, 'connections', 50, slo)
  t.match(turned, { subscribers: 50, rate_per_s: 3, thresholds: { late: 3, lost: 0, 'delivery.p99': 100 } })
})

t.test('an SLO of a figure that the scenario has not is refused', async (t) => {
  t.throws(() => knobOf(workload, 'rate', { losst: 0 }), { name: 'WorkloadError', message: /no figure "losst"/ })
})
