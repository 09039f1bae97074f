import t from 'tap'
import { Metrics } from '../reference-server/metrics.ts'
import { mergeMetrics, readMetrics } from './server-metrics.ts'

t.test('the reference server tells all that its process does not', async (t) => {
  const metrics = new Metrics()
  t.teardown(() => metrics.stop())
  metrics.deliveries = 1234
  const { connections, deliveries, send_queue_bytes, ...measured } = readMetrics(
    metrics.render({ connections: 42, queueBytes: 77 }),
  )
  t.same({ connections, deliveries, send_queue_bytes }, { connections: 42, deliveries: 1234, send_queue_bytes: 77 })
  t.same(Object.keys(measured).sort(), ['heap_used_bytes', 'loop_delays'])
  t.same(measured.loop_delays?.at(-1)?.[0], Number.POSITIVE_INFINITY)
  t.ok((measured.heap_used_bytes ?? 0) > 1_000_000)
})

t.test('the usual names of other servers are known', async (t) => {
  t.same(
    readMetrics(
      'nodejs_eventloop_lag_p99_seconds 0.0125\nprocess_resident_memory_bytes 5e7\nnodejs_heap_size_used_bytes 9',
    ),
    { event_loop_delay_ms: 12.5, heap_used_bytes: 9, rss_bytes: 50_000_000 },
  )
  t.same(readMetrics('go_memstats_heap_alloc_bytes 7\nprocess_cpu_seconds_total 1.5'), {
    heap_used_bytes: 7,
    cpu_s: 1.5,
  })
  const jvm = ['heap",id="a', 'heap",id="b', 'nonheap",id="c'].map((area) => `jvm_memory_used_bytes{area="${area}"} 5`)
  t.same(readMetrics(jvm.join('\n')), { heap_used_bytes: 10 }, 'its heaps are added up, and nothing else')
})

t.test('what is not told, or is no number, is left out', async (t) => {
  t.same(readMetrics(''), {})
  t.same(readMetrics('<html>busy</html>'), {})
  t.same(readMetrics('nodejs_eventloop_lag_p99_seconds NaN\nchat_connections 3'), { connections: 3 })
})

t.test('nodes add up, but for what only some of them tell', async (t) => {
  const nodes = [
    { connections: 2, event_loop_delay_ms: 5, heap_used_bytes: 100 },
    { connections: 3, event_loop_delay_ms: 9 },
  ]
  t.same(mergeMetrics(nodes), { connections: 5, event_loop_delay_ms: 9 })
  t.same(mergeMetrics([]), {})
})
