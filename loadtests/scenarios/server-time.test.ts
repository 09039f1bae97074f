import t from 'tap'
import { serverTime } from './server-time.ts'

const written = '2026-01-01T00:00:10.000Z'
const second = (number: number) => Date.parse('2026-01-01T00:00:00.000Z') + number * 1000

t.test('a time at the server lies as far from its welcome as the welcome says, whatever the clocks show', async (t) => {
  const time = serverTime(written, 500, 520)
  t.equal(time.latest(second(10)), 520)
  t.equal(time.latest(second(13)), 3520)
  t.equal(time.latest(second(9)), -480)
})

t.test(
  'what is not known of the way of the welcome, and of its milliseconds, is to the benefit of the server',
  async (t) => {
    const time = serverTime(written, 500, 520)
    t.equal(time.earliest(second(13)), 3499)
    t.ok(time.earliest(second(13)) < time.latest(second(13)))
  },
)
