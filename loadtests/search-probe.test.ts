import t from 'tap'
import type { Threshold, Validity } from '../schemas/generated/results.ts'
import { TargetError } from '../schemas/target.ts'
import { ServerLimit, WorkloadError } from './played-workload.ts'
import { knobOf, probeOf, probeOfError, workloadAt } from './search-probe.ts'
import { playable } from './workload.ts'

const HELD: Threshold = { name: 'lost', limit: 0, value: 0, pass: true }
const MISSED: Threshold = { name: 'delivery.p99', limit: 100, value: 130, pass: false }

const LEDGER = { expected: 9, delivered: 9, lost: 0, duplicate: 0, reordered: 0, late: 0, unexpected: 0 }

const runOf = (verdict: Validity['verdict'], thresholds: Threshold[]) => ({
  ...{ validity: { verdict, reasons: ['k6 was slow'] }, thresholds, ledger: LEDGER, partial: false },
})

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
  t.test(sentence, async (t) => t.match(probeOf(20, runOf(verdict, [threshold])), probe))

t.test('a server that delivers nothing of what it took broke, though nothing was measured', async (t) => {
  const lost = { ...HELD, name: 'lost', value: 9, pass: false }
  const deaf = { ...runOf('suspect', [lost]), ledger: { ...LEDGER, delivered: 0, lost: 9 } }
  t.match(probeOf(20, deaf), { outcome: 'broke', why: 'lost is 9, at most 0 passes' })
  t.match(probeOf(20, { ...deaf, partial: true }), { outcome: 'unjudged' })
  t.match(probeOf(20, { ...deaf, ...runOf('invalid', [lost]), ledger: deaf.ledger }), { outcome: 'unjudged' })
})

t.test('whose limit it was that a run could not be played, its error tells', async (t) => {
  t.match(probeOfError(20, new TargetError('no server answers')), { outcome: 'broke', why: 'no server answers' })
  t.match(probeOfError(20, new ServerLimit('rate_per_s is 5')), { outcome: 'broke', why: 'rate_per_s is 5' })
  t.match(probeOfError(20, new WorkloadError('too few ports')), { outcome: 'unjudged', why: 'too few ports' })
  t.equal(probeOfError(20, new Error('a bug')), undefined)
})

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

t.test('connections are what a scenario has of them: subscribers, or idle ones', async (t) => {
  const idle = playable({ scenario: 'connections', connections: 900, duration_ms: 1000 }, {}, 'here')
  const slo = { 'connect.p99': 100 }
  t.equal(knobOf(idle, 'connections', slo), 900)
  t.match(workloadAt(idle, 'connections', 1800, slo), { connections: 1800, thresholds: slo })
})

t.test('a scenario that has nothing of the kind cannot be searched', async (t) => {
  const beats = playable({ scenario: 'heartbeat', live: 3, mute: 3, duration_ms: 1000 }, {}, 'here')
  const message =
    '--search rate varies rate_per_s, and the scenario heartbeat has no such field: search one that has, such as fan-out'
  t.throws(() => knobOf(beats, 'rate', {}), { name: 'WorkloadError', message })
  t.throws(() => knobOf(beats, 'connections', {}), /varies connections or subscribers, and the scenario heartbeat/)
})
