import t from 'tap'
import { pace, until } from './pacer.ts'

const now = () => performance.now()
const stopped = () => false

t.test('nothing is done before it is due, and everything is done in order', async (t) => {
  const begin = now()
  const dueAt = (index: number) => begin + index * 3
  const done: number[] = []
  await pace({ count: 10, dueAt, now, stopped }, (index) => {
    t.ok(now() >= dueAt(index))
    done.push(index)
  })
  t.same(done, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

t.test('who is late catches up at once, and leaves nothing out', async (t) => {
  let readings = 0
  const done: number[] = []
  const late = () => (readings++ === 0 ? 0 : 1000)
  await pace({ count: 5, dueAt: (index) => index, now: late, stopped }, (index) => done.push(index))
  t.same(done, [0, 1, 2, 3, 4])
  t.equal(readings, 5, 'without looking at the clock more than once a time')
})

t.test('a plan that is called off ends there', async (t) => {
  const done: number[] = []
  await pace({ count: 5, dueAt: () => 0, now, stopped: () => done.length === 2 }, (index) => done.push(index))
  t.same(done, [0, 1])
})

t.test('waiting ends with its condition, its deadline or its plan', async (t) => {
  t.equal(await until(() => true, 0, { now, stopped }), true)
  t.equal(await until(() => false, now() + 5, { now, stopped }), false)
  t.equal(await until(() => false, Number.POSITIVE_INFINITY, { now, stopped: () => true }), false)
})
