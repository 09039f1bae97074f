import t from 'tap'
import { sparing } from './process-sparing.ts'

t.test('a measure takes no more than a fiftieth of the time', async (t) => {
  let time = 1000
  let cost = 20
  const measure = sparing(
    () => {
      time += cost
      return 'taken'
    },
    () => time,
  )
  t.equal(measure(), 'taken', 'for the first time at once')
  t.equal(time, 1020)
  time = 2019
  t.equal(measure(), undefined)
  time = 2020
  cost = 1
  t.equal(measure(), 'taken')
  time = 2071
  t.equal(measure(), 'taken', 'what costs less comes sooner')
})
