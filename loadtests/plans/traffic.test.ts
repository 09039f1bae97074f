import t from 'tap'
import type { PlayedWorkload } from '../played-workload.ts'
import { dealShares } from '../shares.ts'
import { playable } from '../workload.ts'
import { dealTraffic, scheduleOf } from './traffic.ts'

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
) as PlayedWorkload<'fan-out'>

t.test('everybody is dealt to rooms, addresses and VUs in turn, and connects at the planned rate', async (t) => {
  const deal = dealTraffic(workload, { urls: ['ws://a', 'ws://b'], run: 'x' })
  const seats = deal.places.map(({ token, refresh_tokens: _none, ...place }) => ({ ...place, token: token.sub }))
  const [first, second] = dealShares(seats, 2, { workload, ...deal })
  const dealt = (of: typeof first, role: string) =>
    of?.seats
      .filter((seat) => seat.role === role)
      .map(({ number, room, url, connect_ms }) => [number, room, url, connect_ms])
  t.same(dealt(first, 'publisher'), [
    [0, 'load-x-0', 'ws://a', 0],
    [2, 'load-x-0', 'ws://b', 200],
  ])
  t.same(dealt(second, 'subscriber'), [
    [1, 'load-x-1', 'ws://b', 400],
    [3, 'load-x-1', 'ws://a', 600],
  ])
  t.equal(new Set(seats.map(({ token }) => token)).size, 8, 'each is a user of its own')
  t.ok(deal.ready_ms > 800)
})

t.test('a room is heard at every address, whatever the numbers of rooms and addresses', async (t) => {
  const urls = ['ws://a', 'ws://b', 'ws://c']
  for (const rooms of [1, 2, 3, 5, 6]) {
    const { places } = dealTraffic({ ...workload, rooms, subscribers: 3 * rooms }, { urls, run: 'x' })
    const heard = places.filter(({ role }) => role === 'subscriber').map(({ room, url }) => `${room} at ${url}`)
    t.equal(new Set(heard).size, 3 * rooms, `${rooms} rooms`)
  }
})

t.test('a publisher may write to its room, and a subscriber only read', async (t) => {
  const { places } = dealTraffic(workload, { urls: ['ws://a'], run: 'x' })
  const tokens = ['publisher', 'subscriber'].map((role) => places.find((place) => place.role === role)?.token)
  t.same(tokens, [
    { sub: 'load-x-p0', rooms: ['load-x-0'] },
    { sub: 'load-x-s0', rooms_read: ['load-x-0'] },
  ])
})

t.test('a schedule holds the messages of the whole run, and at least one', async (t) => {
  t.same(scheduleOf(workload), { messages: 30, publishers: 3, rooms: 2, interval_ms: 1000 / 30 })
  t.equal(scheduleOf({ ...workload, rate_per_s: 0.5 }).messages, 1)
})
