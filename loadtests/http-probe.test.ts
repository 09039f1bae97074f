import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { latenciesOf, type ProbeAnswer, startProbes } from './http-probe.ts'

/** The first answers of two probes to a server that does as it is told. */
async function probe(answers: number, listener: RequestListener): Promise<readonly ProbeAnswer[]> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const heard: ProbeAnswer[] = []
  await new Promise<void>((resolve) => {
    const probes = startProbes({
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      path: '/healthz',
      rate: 2,
      onAnswer(answer) {
        heard.push(answer)
        if (heard.length === answers) void probes.stop().then(resolve)
      },
    })
  })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  return heard
}

t.test('every answer is told with its status', async (t) => {
  const paths: unknown[] = []
  const heard = await probe(3, ({ url }, response) => {
    paths.push(url)
    response.writeHead(paths.length === 2 ? 503 : 200).end()
  })
  t.same(heard.map(({ status }) => status).sort(), [200, 200, 503])
  t.ok(heard.every(({ ms }) => ms > 0))
  t.same(new Set(paths), new Set(['/healthz']))
})

t.test('a connection that breaks is told, and not made again and again', async (t) => {
  const heard = await probe(2, ({ socket }) => socket.resetAndDestroy())
  t.same(
    heard.map(({ status, fault }) => [status, fault]),
    Array(2).fill([undefined, 'read ECONNRESET']),
  )
})

t.test('an answer that took long stands for the requests which were due meanwhile', async (t) => {
  t.same(latenciesOf(3), [3])
  t.same(latenciesOf(2500), [2500, 1500, 500])
})
