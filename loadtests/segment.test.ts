import t from 'tap'
import { owedAfter } from './ledger.ts'
import { planOf } from './plans/registry.ts'
import { connectionsOf, scheduleOfDealt, segmentOf } from './segment.ts'
import { bundledWorkloads, playable, readWorkload } from './workload.ts'

const TRAFFIC = { rooms: 7, subscribers: 45, publishers: 17, rate_per_s: 37, duration_ms: 2300 }
const SETTING = { urls: ['ws://a', 'ws://b'], run: 'x' }

/** What a workload deals, and what of it a segment does. */
function deals(fields: Partial<typeof TRAFFIC>, of: number) {
  const workload = playable({ scenario: 'fan-out', ...TRAFFIC, ...fields }, {}, 'here')
  const whole = planOf(workload).deal(workload, SETTING)
  return { whole, segments: Array.from({ length: of }, (_, i) => segmentOf(whole, { index: i + 1, of })) }
}

t.test('every place is in one segment, and stays as it was', async (t) => {
  const { whole, segments } = deals({}, 3)
  const places = segments.flatMap((segment) => segment.places)
  t.equal(places.length, whole.places.length)
  t.same(new Set(places), new Set(whole.places))
})

t.test('nobody is parted from the room', async (t) => {
  const { segments } = deals({}, 3)
  const rooms = segments.map(({ places }) => new Set(places.map(({ room }) => room)))
  t.same(
    rooms.map((each) => [...each]),
    [
      ['load-x-0', 'load-x-3', 'load-x-6'],
      ['load-x-1', 'load-x-4'],
      ['load-x-2', 'load-x-5'],
    ],
  )
})

for (const of of [1, 2, 3, 5, 7])
  t.test(`what ${of} segments owe adds up to what the whole owes`, async (t) => {
    const { whole, segments } = deals({}, of)
    const owed = (deal: typeof whole) => {
      const schedule = scheduleOfDealt(deal)
      return owedAfter(schedule.messages, schedule, deal.places.filter(({ role }) => role === 'subscriber').length)
    }
    const sum = (count: (deal: typeof whole) => number) => segments.reduce((total, deal) => total + count(deal), 0)
    t.equal(
      sum((deal) => scheduleOfDealt(deal).messages),
      whole.traffic.schedule.messages,
    )
    t.equal(sum(owed), owed(whole))
  })

t.test('more segments than rooms are refused in one sentence', async (t) => {
  t.throws(() => deals({ rooms: 2 }, 3), {
    name: 'WorkloadError',
    message: /^segment 1\/3 splits 2 rooms into 3: use at most 2 segments, or more rooms$/,
  })
})

t.test('a segment of rooms without publishers is refused in one sentence', async (t) => {
  t.throws(() => deals({ publishers: 2 }, 3), {
    name: 'WorkloadError',
    message: /^segment 3\/3 has rooms without publishers, .* use more publishers, or fewer segments$/,
  })
})

t.test('of the bundled workloads, just those are split whose rooms are all that they play', async (t) => {
  const split = { index: 1, of: 1 }
  for (const name of await bundledWorkloads()) {
    const workload = await readWorkload(name)
    const plan = planOf(workload)
    const isRooms = plan.beside === undefined && plan.deal(workload, SETTING).places.every(({ room }) => room !== '')
    if (isRooms) t.equal(connectionsOf(workload, split), connectionsOf(workload, undefined), name)
    else
      t.throws(
        () => connectionsOf(workload, split),
        { name: 'WorkloadError', message: /cannot be split into segments, as auth, fan-out, .* can: leave out/ },
        name,
      )
  }
})
