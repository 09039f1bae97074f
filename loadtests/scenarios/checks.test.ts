import t from 'tap'
import { Checks, EXAMPLES_KEPT } from './checks.ts'

t.test('each judgement counts, and a few of the broken ones are told', async (t) => {
  const checks = new Checks()
  checks.judge('closed_in_time', true, () => 'never asked')
  for (let number = 0; number < EXAMPLES_KEPT + 2; number++) {
    checks.judge('closed_in_time', false, () => `connection ${number} was still open`)
  }
  const { closed_in_time } = checks.counts()
  t.match(closed_in_time, { judged: EXAMPLES_KEPT + 3, broken: EXAMPLES_KEPT + 2 })
  t.equal(closed_in_time?.examples.length, EXAMPLES_KEPT)
  t.equal(closed_in_time?.examples[0], 'connection 0 was still open')
})
