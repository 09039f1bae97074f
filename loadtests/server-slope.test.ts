import t from 'tap'
import { connectionCost } from './server-slope.ts'

const through = (...points: readonly (readonly [connections: number, rss_bytes: number])[]) =>
  connectionCost(points.map(([connections, rss_bytes]) => ({ connections, rss_bytes })))

t.test('what the server weighs without connections is no part of their cost', async (t) => {
  t.same(through([0, 500], [1000, 1500], [2000, 2500]), { bytes_per_connection: 1, r2: 1, points: 3 })
})

t.test('the line is that of the least squares, and says how well it fits', async (t) => {
  // Worked by hand: means 2 and 10/3; together 2/3 · 1.5, spread of x 2/3, of y 14/9.
  const cost = through([1, 2], [2, 3], [3, 5])
  t.equal(cost?.bytes_per_connection.toFixed(6), '1.500000')
  t.equal(cost?.r2.toFixed(6), (27 / 28).toFixed(6))
})

t.test('memory that has nothing to do with connections is told by the fit', async (t) => {
  const cost = through([1, 5], [2, 9], [3, 5])
  t.equal(cost?.bytes_per_connection, 0)
  t.equal(cost?.r2, 0)
})

t.test('memory that stays the same costs nothing, for certain', async (t) => {
  t.same(through([1, 5], [2, 5], [3, 5]), { bytes_per_connection: 0, r2: 1, points: 3 })
})

t.test('two plateaus prove nothing, however often they were measured', async (t) => {
  t.equal(through(), undefined)
  t.equal(through([1, 5], [2, 6]), undefined)
  t.equal(through([1, 5], [2, 6], [2, 7]), undefined)
})
