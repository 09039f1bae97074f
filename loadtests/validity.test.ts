import t from 'tap'
import { type GeneratorHealth, validityOf } from './validity.ts'

const machine = {
  cpu_count: 2,
  limits: { open_files: 20_000 },
  sysctls: { 'net.ipv4.ip_local_port_range': '32768 60999' },
}
const healthy: GeneratorHealth = {
  cpu_cores: 0.4,
  queue: { p90: 0.1, p99: 0.5 },
  publish_delay: { p90: 0.9, p99: 1 },
  delivery: { count: 9, p90: 2, p99: 3 },
  interrupted: false,
  hasTraffic: true,
  connections: 505,
  engines: 1,
  sources: 1,
  addresses: 1,
}

const ROWS: readonly (readonly [health: Partial<GeneratorHealth>, verdict: string, reason: RegExp | undefined])[] = [
  [{}, 'valid', undefined],
  [{ cpu_cores: undefined }, 'valid', undefined],
  [{ cpu_cores: 1.7 }, 'suspect', /used 1\.7 of 2 cores/],
  [{ cpu_cores: 1.96 }, 'invalid', /used 2\.0 of 2 cores/],
  [{ queue: { p90: 1, p99: 111 } }, 'suspect', /waited 111\.0 ms .*\(p99\)/],
  [{ queue: { p90: 101, p99: 111 } }, 'invalid', /waited 101\.0 ms .*\(p90\)/],
  [{ publish_delay: { p90: 1, p99: 11 } }, 'suspect', /sent 11\.0 ms after their time \(p99\)$/],
  [{ probe_delay: { p90: 1, p99: 11 } }, 'suspect', /^requests were sent 11\.0 ms after their time \(p99\)$/],
  [{ publish_delay: { p90: 101, p99: 101 } }, 'invalid', /sent 101\.0 ms after/],
  [
    { publish_delay: { p90: 1, p99: 6 }, delivery: { count: 9, p90: 2, p99: 9 } },
    'suspect',
    /over half of the delivery latency/,
  ],
  [{ publish_delay: { p90: 1, p99: 6 }, delivery: { count: 9, p90: 2, p99: 40 } }, 'valid', undefined],
  [{ connections: 18_000 }, 'suspect', /needs 18032 open files, and there are 20000/],
  [{ connections: 20_000 }, 'invalid', /open files/],
  [{ connections: 18_000, engines: 2 }, 'valid', undefined],
  [{ connections: 26_000, engines: 2, sources: 2 }, 'valid', undefined],
  [{ connections: 26_000, engines: 2 }, 'suspect', /needs 26000 local ports/],
  [{ connections: 26_000 }, 'invalid', /needs 26000 local ports, and there are 28232/],
  [{ failure: 'k6 ended with SIGKILL' }, 'invalid', /stopped before its end: k6 ended with SIGKILL$/],
  [{ failure: 'k6 ended with SIGKILL' }, 'invalid', /the ledger is incomplete/],
  [{ disagreement: 'two receivers disagree' }, 'suspect', /^two receivers disagree$/],
  [{ interrupted: true }, 'suspect', /interrupted before its end$/],
  [{ interrupted: true, failure: 'it was interrupted' }, 'invalid', /^the generator stopped/],
  [{ delivery: { count: 0, p90: 0, p99: 0 }, hasTraffic: false }, 'valid', undefined],
  [{ delivery: { count: 0, p90: 0, p99: 0 } }, 'suspect', /nothing was delivered/],
]
for (const [health, verdict, reason] of ROWS) {
  t.test(`with ${JSON.stringify(health)} the run is ${verdict}`, async (t) => {
    const validity = validityOf({ ...healthy, ...health }, machine)
    t.equal(validity.verdict, verdict)
    if (reason === undefined) t.same(validity.reasons, [])
    else t.match(validity.reasons.join('\n'), new RegExp(reason.source, 'm'))
  })
}

t.test('several addresses have as many ports each, and what is not known is not held against a run', async (t) => {
  const plenty = { ...machine, limits: { open_files: 1_000_000 } }
  t.equal(validityOf({ ...healthy, connections: 40_000, addresses: 2 }, plenty).verdict, 'valid')
  t.equal(validityOf({ ...healthy, connections: 40_000 }, { cpu_count: 2, limits: {} }).verdict, 'valid')
})
