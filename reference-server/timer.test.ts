import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { callAt } from './timer.ts'

t.test('a deadline that has passed is called soon', async (t) => {
  await new Promise<void>((resolve) => callAt(Date.now() - 1000, resolve))
  t.pass()
})

t.test('a deadline is never called before its time', async (t) => {
  const at = Date.now() + 20
  await new Promise<void>((resolve) => callAt(at, resolve))
  t.ok(Date.now() >= at)
})

t.test('a deadline beyond 24.8 days is not called at once, nor is one that was cancelled', async (t) => {
  const fail = () => t.fail('called')
  const cancel = callAt(Date.now() + 2 ** 40, fail)
  callAt(Date.now(), fail)()
  // What overflows fires after a millisecond: another deadline of a few is called after it.
  await new Promise<void>((resolve) => callAt(Date.now() + 5, resolve))
  await turn()
  cancel()
  t.pass()
})
