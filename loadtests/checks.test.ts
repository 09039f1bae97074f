import t from 'tap'
import { checksOf } from './checks.ts'

const WHAT = 'a connection that withholds its pong is closed in time'

t.test('what each VU judged adds up', async (t) => {
  const counts = [
    { closed: { judged: 3, broken: 1, examples: ['one was open'] } },
    { closed: { judged: 4, broken: 0, examples: [] }, other: { judged: 9, broken: 9, examples: [] } },
  ]
  t.same(checksOf({ closed: WHAT }, counts), [
    { name: 'closed', what: WHAT, judged: 7, broken: 1, examples: ['one was open'] },
  ])
})

t.test('a check that nobody judged is told', async (t) => {
  t.same(checksOf({ closed: WHAT }, [{}]), [{ name: 'closed', what: WHAT, judged: 0, broken: 0, examples: [] }])
})
