import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { metricsAddress, scrape } from './server-scrape.ts'

async function serve(t: Test, listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return metricsAddress(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`)
}

t.test('metrics are beside the WebSocket, whatever its path', async (t) => {
  t.equal(metricsAddress('ws://127.0.0.1:4000/ws').href, 'http://127.0.0.1:4000/metrics')
  t.equal(metricsAddress('wss://chat.test/a/b?c').href, 'https://chat.test/metrics')
})

t.test('what a server tells is read', async (t) => {
  const address = await serve(t, ({ url }, response) => response.end(url === '/metrics' ? 'chat_connections 3\n' : ''))
  t.same(await scrape(address), { connections: 3 })
})

const SILENT: readonly (readonly [title: string, listener: RequestListener])[] = [
  ['has no metrics', (_, response) => response.writeHead(404).end('chat_connections 3\n')],
  ['tells something else', (_, response) => response.end('<html>busy</html>')],
  ['hangs up', (_, response) => response.destroy()],
  ['hangs up half-way', (_, response) => void response.write('chat_connections 3\n', () => response.destroy())],
  ['never ends', (_, response) => void response.write('chat_connections 3\n')],
  [
    'sends without end',
    (_, response) =>
      void setImmediate(function more() {
        if (response.destroyed) return
        response.write(Buffer.alloc(1024 ** 2), () => setImmediate(more))
      }),
  ],
]
for (const [title, listener] of SILENT) {
  t.test(`a server that ${title} leaves a gap`, async (t) => {
    t.equal(await scrape(await serve(t, listener)), undefined)
  })
}

t.test('a server that is gone leaves a gap', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  t.equal(await scrape(new URL(`http://127.0.0.1:${port}/metrics`)), undefined)
})
