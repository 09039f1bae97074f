/** The reference server keeps every rule, and the suite says so. */
import t from 'tap'
import { embeddedServer } from '../../cli/target/embedded.ts'
import { launch } from '../../cli/target/exec.ts'
import type { Manifest } from '../../schemas/generated/results.ts'
import { suiteOf } from '../packs.ts'
import { calibratePatience } from '../runner/patience.ts'
import { runSuite } from '../runner/run.ts'

t.test('every case of the chat pack passes on the reference server', async (t) => {
  const { signal } = new AbortController()
  const target = await launch(embeddedServer(), { profile: 'test' }, signal)
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
  t.strictSame(
    others.map(({ id, verdict, reason }) => ({ id, verdict, reason })),
    [],
  )
  t.equal(result.partial, false)
})
