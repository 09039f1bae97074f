import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import type { Manifest } from '../../schemas/generated/results.ts'
import type { Capabilities, Target } from '../../schemas/target.ts'
import { runSuite } from '../runner/run.ts'
import { capabilityCases } from './capabilities.ts'

/** A server that is not ours and offers what it is told to. */
async function serving(t: Test, { control = false, deflate = false }: Capabilities): Promise<Target> {
  const http = createServer((_, answer) => answer.writeHead(control ? 401 : 404).end()).listen(0, '127.0.0.1')
  const server = new WebSocketServer({ server: http, perMessageDeflate: deflate })
  await once(http, 'listening')
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    http.close()
    http.closeAllConnections()
  })
  const urls = [`ws://127.0.0.1:${(http.address() as AddressInfo).port}/ws`]
  return {
    description: { kind: 'url', urls },
    urls,
    mint: async () => 'a.b.c',
    output: () => undefined,
    stop: async () => {},
  }
}

t.test('what is declared must be served, and what is served should be declared', async (t) => {
  type Row = [declared: Capabilities, served: Capabilities, verdicts: string[]]
  const rows: Row[] = [
    [{ control: true, deflate: true }, { control: true, deflate: true }, ['pass', 'pass']],
    [{ control: true, deflate: true }, {}, ['fail', 'fail']],
    [{ control: false }, {}, ['pass', 'pass']],
    [{ control: false }, { control: true, deflate: true }, ['warn', 'warn']],
  ]
  for (const [declared, served, verdicts] of rows) {
    const { cases } = await runSuite({
      target: await serving(t, served),
      cases: capabilityCases(declared),
      registry: [],
      exclusions: new Map(),
      manifest: {} as Manifest,
      jobs: 2,
      patience: 3000,
      maxWaitMs: 1000,
      replay: (id) => id,
      signal: new AbortController().signal,
    })
    t.strictSame(
      cases.map(({ verdict }) => verdict),
      verdicts,
      `${JSON.stringify(declared)} declared, ${JSON.stringify(served)} served`,
    )
  }
})
