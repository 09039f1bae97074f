import t from 'tap'
import { messagesOf, publishAt, publishersOf, type Schedule } from './schedule.ts'

const schedule: Schedule = { messages: 8, publishers: 3, rooms: 2, interval_ms: 10 }

t.test('every message of the run belongs to one publisher', async (t) => {
  t.same(
    [0, 1, 2].map((publisher) => messagesOf(schedule, publisher)),
    [3, 3, 2],
  )
  t.equal(messagesOf({ ...schedule, messages: 2 }, 2), 0, 'one who has nothing to send')
})

t.test('publishers are dealt to the rooms in turn', async (t) => {
  t.same([publishersOf(schedule, 0), publishersOf(schedule, 1)], [[0, 2], [1]])
})

t.test('some of the publishers send their messages in the order in which they are due', async (t) => {
  const played = [0, 1, 2, 3, 4].map((index) => publishAt(schedule, [0, 2], index))
  t.same(played, [
    { publisher: 0, number: 0, due_ms: 0 },
    { publisher: 2, number: 0, due_ms: 20 },
    { publisher: 0, number: 1, due_ms: 30 },
    { publisher: 2, number: 1, due_ms: 50 },
    { publisher: 0, number: 2, due_ms: 60 },
  ])
})
