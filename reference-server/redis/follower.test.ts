import t from 'tap'
import type { Entry } from '../bus.ts'
import { Follower, type Reading } from './follower.ts'

const entry = (epoch: string, seq: number): Entry => ({
  ...{ type: 'system_message', body: { kind: 'note', text: `${seq}` } },
  ...{ stream: 'lobby', epoch, seq, id: `${epoch}_${seq}`, ts: '2026-11-23T09:00:00.000Z' },
})

/** A store that answers when it is told to, and what a listener hears of it. */
function world() {
  const heard: string[] = []
  const asked: { after: number; answer: (reading: Reading) => void; fail: () => void }[] = []
  const follower = new Follower(
    (after) =>
      new Promise((resolve, reject) => asked.push({ after, answer: resolve, fail: () => reject(new Error('away')) })),
  )
  follower.listeners.add({
    stored: ({ epoch, seq }) => heard.push(`${epoch} ${seq}`),
    passing: () => {},
    reset: ({ epoch, seq }) => heard.push(`reset to ${epoch} ${seq}`),
  })
  const tell = (epoch: string, ...seqs: number[]) => {
    for (const seq of seqs) follower.hear({ stored: entry(epoch, seq) })
  }
  /** Answers the oldest question; resolves when that was taken in. */
  const answer = async (epoch: string, head: number, ...seqs: number[]) => {
    const question = asked.shift()
    question?.answer({ head: { epoch, seq: head }, entries: seqs.map((seq) => entry(epoch, seq)) })
    await new Promise(setImmediate)
    return question?.after
  }
  const open = async (epoch: string, head: number) => {
    const opened = follower.catchUp()
    await answer(epoch, head)
    await opened
  }
  return { follower, heard, asked, tell, answer, open }
}

t.test('what follows is told at once, and what was told already is not told again', async (t) => {
  const { open, tell, heard, asked } = world()
  await open('e', 5)
  tell('e', 4, 5, 6, 6, 7)
  t.strictSame(heard, ['e 6', 'e 7'])
  t.equal(asked.length, 0)
})

t.test('a hole is filled before what comes after it, with one question, however much comes meanwhile', async (t) => {
  const { open, tell, answer, heard, asked } = world()
  await open('e', 1)
  tell('e', 4, 5)
  t.strictSame(heard, [])
  t.equal(asked.length, 1)
  t.equal(await answer('e', 4, 2, 3, 4), 1)
  t.strictSame(heard, ['e 2', 'e 3', 'e 4'])
  t.equal(await answer('e', 5, 5), 4, 'and once more, for what came while it was read')
  t.strictSame(heard.at(-1), 'e 5')
  tell('e', 6)
  t.strictSame(heard.at(-1), 'e 6')
})

t.test('a hole that nobody heard of is found by catching up', async (t) => {
  const { follower, open, answer, heard } = world()
  await open('e', 1)
  const caught = follower.catchUp()
  await answer('e', 3, 2, 3)
  await caught
  t.strictSame(heard, ['e 2', 'e 3'])
})

t.test('a hole that cannot be filled, or another epoch, begins anew', async (t) => {
  const { open, tell, answer, heard } = world()
  await open('e', 1)
  tell('e', 9)
  await answer('e', 9, 5, 6, 7, 8, 9)
  t.strictSame(heard, ['reset to e 9'], 'never the next message with a hole before it')
  await answer('e', 9)
  tell('f', 2)
  await answer('f', 2, 2)
  t.strictSame(heard, ['reset to e 9', 'reset to f 2'])
  tell('f', 3)
  t.equal(heard.at(-1), 'f 3')
})

t.test('a reading that a reset has overtaken says nothing', async (t) => {
  const { follower, open, answer, heard } = world()
  await open('e', 1)
  const caught = follower.catchUp()
  follower.hear({ reset: { epoch: 'f', seq: 0 } })
  await answer('e', 2, 2)
  t.equal(await answer('f', 0), 0)
  await caught
  t.strictSame(heard, ['reset to f 0'])
  t.strictSame(follower.head, { epoch: 'f', seq: 0 })
})

t.test('what is heard before the first reading is in it, or read after it', async (t) => {
  const { follower, tell, answer, heard } = world()
  const opened = follower.catchUp()
  tell('e', 1, 2)
  await answer('e', 1)
  while (follower.head.seq < 2) await answer('e', 2, 2)
  await opened
  t.strictSame(heard, ['e 2'])
})

t.test('a hole that cannot be read, with the broker away, is filled when somebody catches up', async (t) => {
  const { follower, open, tell, answer, asked, heard } = world()
  await open('e', 1)
  tell('e', 3)
  asked.shift()?.fail()
  await new Promise(setImmediate)
  t.strictSame(heard, [])
  const caught = follower.catchUp()
  await answer('e', 3, 2, 3)
  await answer('e', 3)
  await caught
  t.strictSame(heard, ['e 2', 'e 3'])
})
