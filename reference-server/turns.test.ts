import t from 'tap'
import { Turns } from './turns.ts'

t.test('only so many are at it at a time, in the order in which they came, whatever becomes of them', async (t) => {
  const turns = new Turns(2)
  const begun: number[] = []
  const ends: { done: () => void; fail: () => void }[] = []
  const act = (n: number) => () => {
    begun.push(n)
    return new Promise<number>((resolve, reject) => {
      ends.push({ done: () => resolve(n), fail: () => reject(new Error(`${n}`)) })
    })
  }
  const [one, two, three, four] = [1, 2, 3, 4].map((n) => turns.take(act(n)))
  t.strictSame(begun, [1, 2], 'at once')
  ends[1]?.fail()
  await t.rejects(two as Promise<number>, { message: '2' })
  t.strictSame(begun, [1, 2, 3])
  ends[0]?.done()
  t.equal(await one, 1)
  t.strictSame(begun, [1, 2, 3, 4])
  for (const { done } of ends) done()
  t.strictSame(await Promise.all([three, four]), [3, 4])
  void turns.take(act(5))
  t.equal(begun.at(-1), 5, 'the turns are free again')
})
