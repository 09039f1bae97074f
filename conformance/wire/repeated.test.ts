import t from 'tap'
import { carriedCases } from './pack.ts'
import { repeated } from './repeated.ts'
import { SHORT_TERMS } from './world.ts'

t.test('an exchange is repeated in turn', async (t) => {
  const seen: number[] = []
  await repeated(3, async (n) => void seen.push(n))
  t.strictSame(seen, [0, 1, 2])
})

t.test('a server that is too slow for all of them is skipped with what it managed', async (t) => {
  await t.rejects(
    repeated(3, async () => {}, -1000),
    { name: 'Skip', message: /only 1 of 3 messages/ },
  )
})

t.test('what waits for its turn among cases that take minutes has the time for it', async (t) => {
  for (const { id, longestMs = 0 } of carriedCases('wire', SHORT_TERMS)) t.ok(longestMs > 600_000, id)
})
