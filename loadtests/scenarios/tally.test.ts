import t from 'tap'
import { Tally } from './tally.ts'
import type { Second } from './vu-messages.ts'

t.test('what is counted is told with the second in which it happened', async (t) => {
  const told: Second[] = []
  let sockets = 2
  const tally = new Tally(
    () => 900,
    () => sockets,
    (second) => told.push(second),
  )
  tally.sent(0.5, 910)
  tally.count('delivery', 3, 999.9)
  tally.count('delivery', 3, 999.9)
  sockets = 1
  tally.count('delivery', 4, 1000)
  tally.close()
  t.match(told, [
    { second: 0, sockets: 1, sent: 1, latency: { delivery: [[3000, 2]], publish_delay: [[500, 1]] } },
    { second: 1, sockets: 1, sent: 0, latency: { delivery: [[4000, 1]] } },
  ])
})
