import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { dealOf } from './deal.ts'
import { WorkloadError } from './played-workload.ts'
import { bundledWorkloads, playable, readWorkload } from './workload.ts'

const least = { scenario: 'fan-out', rooms: 1, subscribers: 2, publishers: 1, rate_per_s: 5, duration_ms: 100 }

t.test('every bundled workload can be played', async (t) => {
  const names = await bundledWorkloads()
  for (const name of ['auth', 'fan-out', 'quick']) t.ok(names.includes(name), name)
  for (const name of names) t.ok(await readWorkload(name), name)
})

t.test('what a workload leaves out is filled in, and what a flag says wins', async (t) => {
  const played = playable(least, { subscribers: 9 }, 'here')
  t.match(played, { subscribers: 9, message_bytes: 128, connect_rate_per_s: 500, drain_ms: 3000, late_ms: 1000 })
  t.match(playable({ ...least, drain_ms: 7 }, {}, 'here'), { drain_ms: 7 })
})

const FAULTS: readonly (readonly [workload: unknown, message: string])[] = [
  [{ ...least, subscribers: 0 }, '/subscribers must be >= 1'],
  [{ ...least, subscribers: '5' }, '/subscribers must be integer'],
  [{ ...least, subscriber: 5 }, 'it has no field "subscriber"'],
  [{ ...least, scenario: 'fan-in' }, '/scenario must be one of fan-out, soak'],
  [{ rooms: 1 }, "it must have required property 'scenario'"],
  [{ scenario: 'fan-out' }, "it must have required property 'rooms'"],
  [[least], 'it must be object'],
  [null, 'it must be object'],
  [{ ...least, thresholds: { losses: 1 } }, '/thresholds names no figure "losses"'],
  [{ ...least, thresholds: { 'login.p99': 1 } }, '/thresholds names no figure "login.p99"'],
  [{ ...least, thresholds: { 'Lost!': 1 } }, '/thresholds has no figure "Lost!"'],
  [{ ...least, thresholds: { 'delivery.p99': -1 } }, '/thresholds/delivery.p99 must be >= 0'],
]
for (const [workload, message] of FAULTS) {
  t.test(`a workload is refused with: ${message}`, async (t) => {
    const wanted = `the workload here is wrong: ${message}`
    try {
      playable(workload, {}, 'here')
      t.fail('it was taken')
    } catch (error) {
      t.type(error, WorkloadError)
      t.equal((error as Error).message.slice(0, wanted.length), wanted)
    }
  })
}

t.test('what is wrong with a flag is not blamed on the file alone', async (t) => {
  const message = 'the workload here is wrong: /rooms must be >= 1, where a flag gives 0'
  t.throws(() => playable(least, { rooms: 0 }, 'here'), { message })
  t.throws(() => playable(least, { connections: 5 }, 'here'), {
    message: /no field "connections", where a flag gives 5$/,
  })
})

t.test('what cannot be waited for is not begun', async (t) => {
  const [setting, day_ms] = [{ urls: [''], run: 'x' }, 86_400_000]
  t.doesNotThrow(() => dealOf(playable({ ...least, duration_ms: 19 * day_ms, rate_per_s: 0.001 }, {}, 'here'), setting))
  for (const slow of [
    { duration_ms: 21 * day_ms, rate_per_s: 0.001 },
    { connect_rate_per_s: 1e-6 },
    { drain_ms: 21 * day_ms },
  ])
    t.throws(() => dealOf(playable({ ...least, ...slow }, {}, 'here'), setting), {
      name: 'WorkloadError',
      message: /would take \d+ days: .* at most 20$/,
    })
})

t.test('a file is read from where it is, and what is wrong with it is said', async (t) => {
  const folder = t.testdir({ 'broken.json': '{', 'least.json': JSON.stringify(least) })
  t.match(await readWorkload(join(folder, 'least.json'), { rooms: 2 }), { ...least, rooms: 2 })
  await t.rejects(readWorkload(join(folder, 'broken.json')), { message: /broken\.json is not JSON/ })
  await t.rejects(readWorkload(join(folder, 'absent.json')), { message: /absent\.json cannot be read: ENOENT/ })
  await writeFile(join(folder, 'array.json'), '[]')
  await t.rejects(readWorkload(join(folder, 'array.json')), { message: /array\.json is wrong: it must be object/ })
})

t.test('a name that is not bundled is answered with those that are', async (t) => {
  await t.rejects(readWorkload('fanout'), {
    message: /there is no workload "fanout": give one of .*fan-out, .*soak/,
  })
})
