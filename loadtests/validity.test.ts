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
  pulse: { p90: 0.2, p99: 1, max: 9 },
  loaded_ms: 15_000,
  publish_delay: { p90: 0.9, p99: 1 },
  connect_delay: { p90: 0, p99: 0 },
  probe_delay: { p90: 0, p99: 0 },
  delivery: { count: 9, p90: 2, p99: 3, p99_9: 4 },
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
  [{ connect_delay: { p90: 1, p99: 11 } }, 'suspect', /^connections were opened 11\.0 ms after their time \(p99\)$/],
  [{ connect_delay: { p90: 101, p99: 111 } }, 'invalid', /^connections were opened 101\.0 ms after .*\(p90\)$/],
  [
    { pulse: { p90: 1, p99: 11, max: 30 } },
    'suspect',
    /^timers of the generator came 11\.0 ms after their time \(p99\)$/,
  ],
  [{ pulse: { p90: 101, p99: 300, max: 300 } }, 'invalid', /^timers of the generator came 101\.0 ms after .*\(p90\)/],
  // One second of a process in fifteen: it reads its frames late, and handles what it has read at once.
  [
    { pulse: { p90: 0.2, p99: 1, max: 1000 }, delivery: { count: 9, p90: 2, p99: 772, p99_9: 980 } },
    'suspect',
    /^the generator stood still for 1000\.0 ms at once, over 1 % of the 15\.0 s of load: it may have made the p99 by/,
  ],
  [
    { pulse: { p90: 0.2, p99: 1, max: 120 }, delivery: { count: 9, p90: 2, p99: 3, p99_9: 90 } },
    'suspect',
    /stood still for 120\.0 ms at once, over 0\.1 % .* the p99\.9 by itself/,
  ],
  [{ pulse: { p90: 0.2, p99: 1, max: 99 } }, 'valid', undefined],
  [{ pulse: { p90: 0.2, p99: 1, max: 120 }, loaded_ms: 600_000 }, 'valid', undefined],
  [
    { pulse: { p90: 0.2, p99: 1, max: 200 }, delivery: { count: 9, p90: 900, p99: 1000, p99_9: 1200 } },
    'valid',
    undefined,
  ],
  [{ publish_delay: { p90: 101, p99: 101 } }, 'invalid', /sent 101\.0 ms after/],
  [
    { publish_delay: { p90: 1, p99: 6 }, delivery: { count: 9, p90: 2, p99: 9, p99_9: 9 } },
    'suspect',
    /over half of the delivery latency/,
  ],
  [{ publish_delay: { p90: 1, p99: 6 }, delivery: { count: 9, p90: 2, p99: 40, p99_9: 40 } }, 'valid', undefined],
  [{ connections: 18_000 }, 'valid', undefined],
  [{ connections: 19_900 }, 'suspect', /needs 19932 open files, and there are 20000/],
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
  [{ delivery: { count: 0, p90: 0, p99: 0, p99_9: 0 }, hasTraffic: false }, 'valid', undefined],
  [{ delivery: { count: 0, p90: 0, p99: 0, p99_9: 0 } }, 'suspect', /nothing was delivered/],
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
