import t from 'tap'
import { Stalls, TICK_MS } from './stalls.ts'

t.test('what a tick comes late is told, and the worst since a time is kept', async (t) => {
  const stalls = new Stalls(0)
  t.same(stalls.tick(TICK_MS), [0])
  t.equal(stalls.tick(300)[0], 300 - 2 * TICK_MS)
  t.equal(stalls.tick(300 + TICK_MS + 50)[0], 50)
  const now = 300 + TICK_MS + 50
  t.equal(stalls.worstSince(0, now), 300 - 2 * TICK_MS)
  t.equal(stalls.worstSince(301, now), 50)
  t.equal(stalls.worstSince(now + 1, now), 0)
})

t.test('a tick that is overdue counts though it has not come', async (t) => {
  t.equal(new Stalls(0).worstSince(0, TICK_MS + 70), 70)
})

t.test('a standstill weighs as much as it lasted: the ticks that it swallowed count as well', async (t) => {
  t.same(new Stalls(0).tick(TICK_MS + 50), [50, 30, 10])
  t.equal(new Stalls(0).tick(TICK_MS + 1000).length, 1 + 1000 / TICK_MS)
})
