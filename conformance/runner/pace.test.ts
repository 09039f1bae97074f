/** Fewer cases at once while this process cannot keep up, and more again once it can. */
import t from 'tap'
import { Pace } from './pace.ts'

t.test('a standstill takes away a good part at once, and calm gives back one at a time', async (t) => {
  let now = 0
  const pace = new Pace(16, now)
  const after = (ms: number) => {
    now += ms
    pace.tick(now)
    return pace.allowed
  }
  t.equal(after(50), 16, 'in time')
  t.equal(after(200), 9, '150 ms late')
  t.equal(after(1000), 5, 'and again')
  t.strictSame(
    Array.from({ length: 10 }, () => after(50)),
    [5, 5, 5, 5, 5, 5, 5, 5, 5, 6],
    'half a second of calm',
  )
  for (let n = 0; n < 20; n += 1) after(1000)
  t.equal(pace.allowed, 2, 'never fewer than two')
  for (let n = 0; n < 200; n += 1) after(50)
  t.equal(pace.allowed, 16, 'never more than were asked for')
})

t.test('who has no turn waits for it, or for the end', async (t) => {
  const pace = new Pace(1, 0)
  const went: number[] = []
  const waiting = [0, 1, 2].map((n) => pace.turn(n).then(() => went.push(n)))
  await waiting[0]
  t.strictSame(went, [0])
  pace.end()
  await Promise.all(waiting)
  t.strictSame(went, [0, 1, 2])
})
