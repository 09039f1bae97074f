import t from 'tap'
import { churnOf, movesOf, toldOf } from './churn.ts'

const churn = churnOf({ members: 2, churn_per_s: 10, duration_ms: 1250 })

t.test('the moves of a run are dealt to the members in turn, each at its time', async (t) => {
  t.same(churn, { moves: 12, members: 2, interval_ms: 100 })
  t.same(movesOf(churn, 1), [
    { move: 'join', due_ms: 100 },
    { move: 'blink', due_ms: 300 },
    { move: 'leave', due_ms: 500 },
    { move: 'join', due_ms: 700 },
    { move: 'break', due_ms: 900 },
    { move: 'join', due_ms: 1100 },
  ])
  t.same(movesOf({ ...churn, moves: 1 }, 1), [])
})

t.test(
  'watchers are told of a broken connection when the grace is over, and of one that is back at once nothing',
  async (t) => {
    t.same(toldOf(churn, 1, 150), [
      { event: 'join', by: 'join', due_ms: 100 },
      { event: 'leave', by: 'leave', due_ms: 500 },
      { event: 'join', by: 'join', due_ms: 700 },
      { event: 'leave', by: 'lapse', due_ms: 1050 },
      { event: 'join', by: 'join', due_ms: 1100 },
    ])
  },
)
