import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { freePort } from './free-port.ts'
import { found } from './url.ts'

const never = new AbortController().signal

async function listening(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

t.test('a server that upgrades, and one that refuses, are both there', async (t) => {
  const http = createHttpServer((_, response) => response.writeHead(403).end())
  const refusing = await listening(t, http)
  const echo = createHttpServer()
  new WebSocketServer({ server: echo })
  const upgrading = await listening(t, echo)
  const target = await found({ kind: 'url', urls: [upgrading, refusing] }, never)
  t.strictSame(target.urls, [upgrading, refusing])
  await t.rejects(target.mint({}), { name: 'TargetError', message: 'no way to mint tokens was given' })
})

t.test('where nothing listens the address is named', async (t) => {
  const url = `ws://127.0.0.1:${await freePort()}/ws`
  await t.rejects(found({ kind: 'url', urls: [url] }, never), {
    name: 'TargetError',
    message: `no server answers at ${url}: connect ECONNREFUSED`,
  })
})

t.test('where something else listens the address is named too', async (t) => {
  const url = await listening(
    t,
    createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n')),
  )
  await t.rejects(found({ kind: 'url', urls: [url] }, never), { name: 'TargetError', message: url })
})

t.test('the values of a query are not told', async (t) => {
  const http = createHttpServer((_, response) => response.end())
  const url = await listening(t, http)
  const { description, urls } = await found({ kind: 'url', urls: [`${url}ws?key=s3cret`] }, never)
  t.strictSame([description.urls, urls], [[`${url}ws?key=***`], [`${url}ws?key=s3cret`]])
})
