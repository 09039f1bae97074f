import t from 'tap'
import { planFanOut, scheduleOf } from './plan.ts'
import { playable } from './workload.ts'

const workload = playable(
  {
    scenario: 'fan-out',
    rooms: 2,
    subscribers: 5,
    publishers: 3,
    rate_per_s: 30,
    duration_ms: 1000,
    connect_rate_per_s: 10,
  },
  {},
  'here',
)

t.test('everybody is dealt to rooms, addresses and VUs in turn, and connects at the planned rate', async (t) => {
  const { shares, ready_ms } = planFanOut(workload, { urls: ['ws://a', 'ws://b'], vus: 2, run: 'x' })
  const [first, second] = shares
  t.same(
    first?.publishers.map(({ number, room, url, connect_ms }) => [number, room, url, connect_ms]),
    [
      [0, 'load-x-0', 'ws://a', 0],
      [2, 'load-x-0', 'ws://a', 200],
    ],
  )
  t.same(
    second?.subscribers.map(({ number, room, url, connect_ms }) => [number, room, url, connect_ms]),
    [
      [1, 'load-x-1', 'ws://a', 400],
      [3, 'load-x-1', 'ws://a', 600],
    ],
  )
  const everybody = shares.flatMap(({ subscribers, publishers }) => [...subscribers, ...publishers])
  t.equal(new Set(everybody.map(({ sub }) => sub)).size, 8, 'each is a user of its own')
  t.ok(ready_ms > 800)
})

t.test('a schedule holds the messages of the whole run, and at least one', async (t) => {
  t.same(scheduleOf(workload), { messages: 30, publishers: 3, rooms: 2, interval_ms: 1000 / 30 })
  t.equal(scheduleOf({ ...workload, rate_per_s: 0.5 }).messages, 1)
})
