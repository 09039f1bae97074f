/** The reference server keeps every rule, and the suite says so. */
import t, { type Test } from 'tap'
import { embeddedServer, withoutFlag } from '../../cli/target/embedded.ts'
import { launch } from '../../cli/target/exec.ts'
import { OPTIONAL_FEATURES } from '../../reference-server/features.ts'
import type { CaseResult, Manifest } from '../../schemas/generated/results.ts'
import { suiteOf } from '../packs.ts'
import { calibratePatience } from '../runner/patience.ts'
import { runSuite } from '../runner/run.ts'

/** What only a server says something about that leaves a feature out. */
const OF_UNLISTED = [
  'unlisted-feature-is-unsupported',
  'feature-comes-before-grant',
  'schema-comes-before-feature',
].map((id) => `errors/${id}`)

/** Every case's result on a reference server that leaves these features out. */
async function play(t: Test, without: readonly string[]): Promise<readonly CaseResult[]> {
  const { signal } = new AbortController()
  const embedded = await embeddedServer()
  const argv = [...embedded.argv, ...withoutFlag(without)]
  const target = await launch({ ...embedded, argv }, { profile: 'test' }, signal)
  t.teardown(() => target.stop())
  const [url = ''] = target.urls
  const result = await runSuite({
    ...suiteOf(['chat']),
    target,
    manifest: {} as Manifest,
    jobs: 16,
    patience: await calibratePatience(url),
    maxWaitMs: 10_000,
    replay: (id) => id,
    signal,
  })
  t.equal(result.partial, false)
  return result.cases
}

t.test('every case of the chat pack passes on the reference server, or has no say on it', async (t) => {
  const others = (await play(t, [])).filter(({ verdict }) => verdict !== 'pass')
  const reason = 'the server lists every feature that has a command'
  t.strictSame(
    others.map(({ id, verdict, reason }) => ({ id, verdict, reason })),
    OF_UNLISTED.map((id) => ({ id, verdict: 'skip', reason })),
  )
})

t.test('a server that leaves out what is optional passes what is left', async (t) => {
  const cases = await play(t, OPTIONAL_FEATURES)
  t.strictSame(
    cases.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip').map(({ id, verdict }) => ({ id, verdict })),
    [],
  )
  const skipped = cases.filter(({ verdict }) => verdict === 'skip')
  t.ok(skipped.length < cases.length / 4, `most are played: ${skipped.length} of ${cases.length} are skipped`)
  t.strictSame(
    skipped.filter(
      ({ id, reason = '' }) => OF_UNLISTED.includes(id) || !/welcome\.features|the server lists/.test(reason),
    ),
    [],
    'and only features that are left out are a reason to skip',
  )
})
