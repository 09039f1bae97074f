/** The fuzz pack finds nothing in the reference server, and finds faults that were put into it, each with few steps. */
import t from 'tap'
import { embeddedServer } from '../../cli/target/embedded.ts'
import { launch } from '../../cli/target/exec.ts'
import type { CaseResult, Manifest } from '../../schemas/generated/results.ts'
import { suiteOf } from '../packs.ts'
import { runSuite } from '../runner/run.ts'
import { SHORT_CAMPAIGN } from './pack.ts'

const { signal } = new AbortController()

async function run(
  mutant: string | undefined,
  only: string,
  durationMs: number,
  path?: string,
): Promise<readonly CaseResult[]> {
  const campaign = { ...SHORT_CAMPAIGN, durationMs, inputs: 1000, ...(path === undefined ? {} : { path }) }
  const { root: _, ...suite } = suiteOf(['fuzz'], undefined, campaign)
  const target = await launch(await embeddedServer(mutant), { profile: 'test' }, signal)
  try {
    const result = await runSuite({
      ...{ ...suite, target, signal, jobs: 8, patience: 3000, maxWaitMs: 10_000, confirm: false },
      cases: suite.cases.filter(({ id }) => id.startsWith(only)),
      manifest: {} as Manifest,
      replay: (id) => id,
    })
    return result.cases
  } finally {
    await target.stop()
  }
}

/** What a finding adds to its case, by which it can be played again. */
const PATH = /--path (\S+)\)/

t.test('the fuzz pack finds nothing in the reference server', async (t) => {
  const results = await run(undefined, 'fuzz/', 4000)
  t.equal(results.length, 7)
  t.strictSame(
    results.filter(({ verdict }) => verdict !== 'pass').map(({ id, reason }) => ({ id, reason })),
    [],
  )
})

for (const [mutant, only, mostSteps] of [
  ['delivery/seq-skips-one', 'fuzz/sessions', 4],
  ['delivery/content-type-is-lost', 'fuzz/sessions', 4],
  ['dedupe/all-are-duplicates', 'fuzz/sessions', 4],
  ['framing/huge-numbers-are-infinite', 'fuzz/frames', 2],
  ['auth/key-headers-are-ignored', 'fuzz/tokens', 1],
] as const)
  t.test(`it finds ${mutant}, and what it found can be played again`, async (t) => {
    const [found] = await run(mutant, only, 30_000)
    t.match(found, { verdict: 'fail', expected: PATH })
    const { text = '' } = found?.transcript.at(-1) ?? {}
    t.match(text, /^counterexample: /)
    t.ok((text.match(/"does":/g) ?? []).length <= mostSteps, `few steps: ${text}`)
    const [again] = await run(mutant, only, 30_000, PATH.exec(found?.expected ?? '')?.[1])
    t.match(again, { verdict: 'fail' })
  })
