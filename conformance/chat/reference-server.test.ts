/** The reference server keeps every rule, and the suite says so. */
import t from 'tap'
import { embeddedServer } from '../../cli/target/embedded.ts'
import { launch } from '../../cli/target/exec.ts'
import type { Manifest } from '../../schemas/generated/results.ts'
import { suiteOf } from '../packs.ts'
import { calibratePatience } from '../runner/patience.ts'
import { runSuite } from '../runner/run.ts'

t.test('every case of the chat pack passes on the reference server, or has no say on it', async (t) => {
  const { signal } = new AbortController()
  const target = await launch(await embeddedServer(), { profile: 'test' }, signal)
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
  const others = result.cases.filter(({ verdict }) => verdict !== 'pass')
  // It serves every feature, so only a mutant that lists fewer shows what these are good for.
  const reason = 'the server lists every feature that has a command'
  t.strictSame(
    others.map((one) => ({ id: one.id, verdict: one.verdict, reason: one.reason })),
    ['unlisted-feature-is-unsupported', 'feature-comes-before-grant', 'schema-comes-before-feature'].map((id) => ({
      id: `errors/${id}`,
      verdict: 'skip',
      reason,
    })),
  )
  t.equal(result.partial, false)
})
