import t from 'tap'
import { earlyFault, isOverdue, lateFault } from './silence.ts'

/** A patience of 1,500 ms, and 4,500 to notice. */
const limits = { heartbeat_interval_ms: 1000, heartbeat_grace_ms: 500 }
const silence = { openedAt: 100, welcomedAt: 200, stood_ms: 0 }

const ENDS: readonly (readonly [title: string, at: number, early: boolean, late: boolean])[] = [
  ['an interval after the hello is too early', 1100, true, false],
  ['interval and grace after the upgrade, before which nothing can have been heard, is right', 1600, false, false],
  ['three times as long after the welcome still is', 4700, false, false],
  ['later than that is too late', 4701, false, true],
]
for (const [title, at, early, late] of ENDS) {
  t.test(`a close with 4301 ${title}`, async (t) => {
    t.equal(earlyFault(silence, at, limits) !== undefined, early)
    t.equal(lateFault(silence, { code: 4301, at }, limits) !== undefined, late)
  })
}

t.test('as long as the generator stood still, nobody is late', async (t) => {
  t.equal(isOverdue(silence, 5000, limits), true)
  t.equal(isOverdue({ ...silence, stood_ms: 400 }, 5000, limits), false)
})

t.test('another code is not the one for silence, and neither is none', async (t) => {
  t.equal(lateFault(silence, { code: 1006, at: 2000 }, limits), 'a silent connection was closed with 1006')
  t.equal(lateFault(silence, { code: undefined, at: 2000 }, limits), 'a silent connection was closed with no code')
})
