import t from 'tap'
import { Crowded, Hall, type WhenFull } from './hall.ts'

t.test('who finds no room beside others comes again alone, and all behind come one by one', async (t) => {
  const hall = new Hall()
  const seen: string[] = []
  let inside = 0
  const comes = (name: string) =>
    hall.beside(async (whenFull) => {
      inside += 1
      seen.push(`${name}: ${whenFull}`)
      await new Promise(setImmediate)
      const isFull = inside > 1
      inside -= 1
      if (isFull) throw new Crowded()
    })
  await Promise.all([comes('alice'), comes('bob')])
  await Promise.all([comes('carol'), comes('dan')])
  t.strictSame(seen, ['alice: give up', 'bob: give up', 'alice: wait', 'carol: wait', 'dan: wait'])
})

t.test('a server that has no room for one is waited for once, until it lets one in again', async (t) => {
  const hall = new Hall()
  const seen: WhenFull[] = []
  const isRefused = async (whenFull: WhenFull) => {
    seen.push(whenFull)
    throw whenFull === 'bear it' ? new Error('refused') : new Crowded()
  }
  const isServed = async (whenFull: WhenFull) => void seen.push(whenFull)
  await t.rejects(hall.beside(isRefused), { message: 'refused' })
  await t.rejects(hall.beside(isRefused), { message: 'refused' })
  await hall.beside(isServed)
  await hall.alone(isServed)
  t.strictSame(seen, ['give up', 'wait', 'bear it', 'bear it', 'bear it', 'wait'])
})
