import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { startUpgrades, type UpgradeAnswer } from './http-upgrade.ts'

/** What became of the first ten upgrades; the first of them is to be refused. */
async function upgrade(t: Test, server: Server): Promise<readonly UpgradeAnswer[]> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const heard: UpgradeAnswer[] = []
  await new Promise<void>((resolve) => {
    const upgrades = startUpgrades({
      urls: [`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`],
      token: 'secret',
      origin: 'https://shakedown.test',
      rate_per_s: 200,
      onAnswer(answer) {
        heard.push(answer)
        if (heard.length === 10) void upgrades.stop().then(resolve)
      },
    })
  })
  return heard.slice(0, 10)
}

const faultsOf = (heard: readonly UpgradeAnswer[]) => [
  ...new Set(heard.map(({ wanted, fault }) => `${wanted}: ${fault}`)),
]

t.test('a WebSocket server accepts at its path, refuses elsewhere, and is left with 1000', async (t) => {
  const http = createServer()
  const server = new WebSocketServer({ server: http, path: '/ws' })
  const headers: unknown[] = []
  const codes: number[] = []
  server.on('connection', (socket, { headers: sent }) => {
    headers.push([sent.authorization, sent.origin])
    socket.on('close', (code) => codes.push(code))
  })
  const heard = await upgrade(t, http)
  t.same(faultsOf(heard).sort(), ['accepted: undefined', 'refused: undefined'])
  t.ok(
    heard.every(({ ms, late_ms }) => late_ms >= 0 && ms > late_ms),
    'timed from when they were due',
  )
  t.same(headers[0], ['Bearer secret', 'https://shakedown.test'])
  t.ok(codes.includes(1000))
})

t.test('what a server does instead is told', async (t) => {
  const refusing = await upgrade(
    t,
    createServer((_, response) => response.writeHead(503).end()),
  )
  t.same(faultsOf(refusing).sort(), [
    'accepted: it was answered with status 503',
    'refused: it was answered with status 503',
  ])
  const pretending = createServer().on('upgrade', (_, socket) => {
    socket.on('error', () => {})
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  })
  const pretended = await upgrade(t, pretending)
  t.same(faultsOf(pretended).sort(), [
    'accepted: its Sec-WebSocket-Accept is not that of the key',
    'refused: it was accepted',
  ])
  const silent = createServer().on('upgrade', (_, socket) => socket.destroy())
  t.same(faultsOf(await upgrade(t, silent)).sort(), ['accepted: socket hang up', 'refused: socket hang up'])
})
