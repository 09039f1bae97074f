import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { WebSocketServer } from 'ws'
import { Checks } from '../scenarios/checks.ts'
import { playable } from '../workload.ts'
import { http } from './http.ts'

const traffic = { rooms: 1, subscribers: 1, publishers: 1, rate_per_s: 1, duration_ms: 2000 }
const workload = playable({ scenario: 'http', ...traffic, probes_per_s: 2 }, {}, 'of the test') as Parameters<
  typeof http.describe
>[0]

t.test('a server that is not ready while it is busy is found out, and one without metrics is not blamed', async (t) => {
  const statuses: Readonly<Record<string, number>> = { '/healthz': 200, '/readyz': 503 }
  const server = createServer(({ url = '' }, response) => response.writeHead(statuses[url] ?? 404).end())
  new WebSocketServer({ server, path: '/ws' })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`
  const checks = new Checks()
  const counted: string[] = []
  await http.beside?.(workload, {
    target: {
      description: { kind: 'url', urls: [url] },
      urls: [url],
      mint: async () => 'token',
      output: () => undefined,
      stop: async () => {},
    },
    deal: http.deal(workload, { urls: [url], run: 'test' }),
    startsAt: Date.now(),
    signal: new AbortController().signal,
    checks,
    count: (name) => counted.push(name),
    present: () => undefined,
  })
  const counts = checks.counts()
  t.same(
    Object.keys(counts).sort(),
    Object.keys(http.checks(workload, { isOurs: false })).sort(),
    'every check is judged',
  )
  const broken = Object.entries(counts).filter(([, one]) => one.broken > 0)
  t.same(
    broken.map(([name, { judged, broken, examples }]) => [name, broken === judged, examples[0]]),
    [['readyz_answers', true, 'GET /readyz: it was answered with status 503']],
  )
  t.same([...new Set(counted)].sort(), ['healthz', 'metrics', 'probe_delay', 'refusal', 'upgrade'])
})
