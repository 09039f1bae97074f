import t from 'tap'
import { serverPoints, serverTotals, withServer } from './server-figures.ts'
import type { ServerSample } from './server-watch.ts'

const MIB = 1024 ** 2

/** One that idles, one that works, one whose `/metrics` did not answer, one that is gone, one after the end. */
const SAMPLES: readonly ServerSample[] = [
  { at: 10_000, cpu_s: 1, rss_bytes: 50 * MIB, pss_bytes: 40 * MIB, tcp_memory_bytes: 3 * MIB, event_loop_delay_ms: 1 },
  {
    at: 11_000,
    cpu_s: 1.1,
    rss_bytes: 60 * MIB,
    tcp_memory_bytes: 5 * MIB,
    heap_used_bytes: 7,
    event_loop_delay_ms: 4,
  },
  { at: 12_500, cpu_s: 1.85, rss_bytes: 55 * MIB, tcp_memory_bytes: 2 * MIB, unsent_bytes: 9 },
  { at: 13_000 },
  { at: 14_000, cpu_s: 99, rss_bytes: 999 * MIB },
]

t.test('figures are the greatest of the span, and what its deliveries cost', async (t) => {
  t.same(serverTotals(SAMPLES, { from: 10_500, to: 13_500 }, 1000), {
    rss_bytes: 60 * MIB,
    heap_bytes: 7,
    kernel_socket_bytes: 2 * MIB,
    unsent_bytes: 9,
    event_loop_delay_ms: 4,
    cpu_us_per_delivery: 750,
  })
})

t.test('what was not measured, or went to no delivery, is no figure', async (t) => {
  t.same(serverTotals([], { from: 0, to: 1 }, 1000), {})
  t.same(serverTotals([{ at: 1, cpu_s: 2 }], { from: 0, to: 1 }, 1000), {}, 'one reading tells no difference')
  const { cpu_us_per_delivery, ...rest } = serverTotals(SAMPLES, { from: 10_000, to: 13_500 }, 0)
  t.equal(cpu_us_per_delivery, undefined)
  t.match(rest, { pss_bytes: 40 * MIB, rss_bytes: 60 * MIB })
})

t.test('each second has what was measured in it, and gaps where nothing was', async (t) => {
  const points = serverPoints(SAMPLES, 10_200)
  t.same([...points.keys()], [0, 1, 2, 3], 'what came before the run is in none of its seconds')
  t.match(points.get(0), { server_rss_bytes: 60 * MIB, kernel_socket_bytes: 2 * MIB, event_loop_delay_ms: 4 })
  t.equal(points.get(0)?.server_cpu?.toFixed(3), '0.100')
  t.equal(points.get(1)?.server_cpu?.toFixed(3), '0.500', 'of the time since the sample before')
  t.notOk('event_loop_delay_ms' in (points.get(1) ?? {}))
  t.same(points.get(2), {})
})

t.test('a series gets what belongs to its seconds', async (t) => {
  const series = withServer([{ at_ms: 0, sent: 1 }, { at_ms: 9000 }], new Map([[0, { server_rss_bytes: 5 }]]))
  t.same(series, [{ at_ms: 0, sent: 1, server_rss_bytes: 5 }, { at_ms: 9000 }])
})
