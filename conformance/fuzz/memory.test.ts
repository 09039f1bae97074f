import t from 'tap'
import { embeddedServer } from '../../cli/target/embedded.ts'
import { launch } from '../../cli/target/exec.ts'
import type { Manifest } from '../../schemas/generated/results.ts'
import { suiteOf } from '../packs.ts'
import { runSuite } from '../runner/run.ts'
import { describe, excess, heapIn, lower } from './memory.ts'
import { SHORT_CAMPAIGN } from './pack.ts'

const MIB = 1024 * 1024

t.test('the heap is read from metrics under the names that are known', async (t) => {
  const rows: [sentence: string, metrics: string, expected: number | undefined][] = [
    ['ours, with what is outside of the heap', 'chat_heap_used_bytes 1000\nchat_external_bytes 24\n', 1024],
    ['prom-client', '# TYPE x gauge\nnodejs_heap_size_used_bytes 5e6\n', 5e6],
    ['Go', 'go_memstats_heap_alloc_bytes 2.5e+06\n', 2.5e6],
    ['a name that only begins so', 'go_memstats_heap_alloc_bytes_total 7\n', undefined],
    ['no metrics', '', undefined],
  ]
  for (const [sentence, metrics, expected] of rows) t.equal(heapIn(metrics), expected, sentence)
})

t.test('memory may grow by half and a little, each kind by its own', async (t) => {
  const before = { heap: 20 * MIB, resident: 100 * MIB }
  t.equal(excess(before, { heap: 42 * MIB, resident: 182 * MIB }), undefined)
  t.strictSame(excess(before, { heap: 43 * MIB, resident: 100 * MIB }), {
    limit: '42.0 MiB of heap',
    actual: '43.0 MiB of heap',
  })
  t.strictSame(excess(before, { resident: 183 * MIB })?.limit, '182.0 MiB resident')
  t.equal(excess({}, { heap: 99 * MIB }), undefined, 'what was not known before')
})

t.test('the lowest is kept of each kind', async (t) => {
  t.strictSame(lower({ heap: 3, resident: 9 }, { heap: 5, resident: 7 }), { heap: 3, resident: 7 })
  t.strictSame(lower({ resident: 9 }, {}), { resident: 9 })
  t.equal(describe({}), 'nothing that is known')
})

/** What a server keeps for each TCP connection: about 300 KB on its heap. */
const LEAK = `
  import { Server } from 'node:http'
  const { emit } = Server.prototype
  const kept = []
  Server.prototype.emit = function (event, ...rest) {
    if (event === 'connection') kept.push(new Array(40_000).fill(0.5))
    return Reflect.apply(emit, this, [event, ...rest])
  }`

t.test('a server that keeps something for each connection fails by its heap', async (t) => {
  const { argv, ...server } = await embeddedServer()
  const [node = '', ...rest] = argv
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(LEAK)}`]
  const { signal } = new AbortController()
  const target = await launch({ ...server, argv: [node, ...preload, ...rest] }, { profile: 'test' }, signal)
  t.teardown(() => target.stop())
  const { root: _, ...suite } = suiteOf(['fuzz'], undefined, { ...SHORT_CAMPAIGN, inputs: 1500, settleMs: 2000 })
  const { cases } = await runSuite({
    ...{ ...suite, target, signal, jobs: 1, patience: 10_000, maxWaitMs: 10_000, confirm: false },
    cases: suite.cases.filter(({ id }) => id === 'fuzz/hostile-inputs'),
    manifest: {} as Manifest,
    replay: (id) => id,
  })
  t.match(cases, [{ verdict: 'fail', expected: /^at most [\d.]+ MiB of heap in the end$/ }])
})
