import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Connection, open, Unreachable } from './connection.ts'
import { encodeClose, encodeFrame, OPCODE } from './frame.ts'
import { acceptFor } from './handshake.ts'
import type { OpenOptions } from './opening.ts'
import type { Entry } from './transcript.ts'

const SOON = 20_000
const unmasked = (opcode: number, payload: Buffer | string = '') =>
  encodeFrame({ opcode, payload: Buffer.from(payload), mask: null })

function options(overrides: Partial<OpenOptions> = {}): OpenOptions {
  return { name: 'alice', record: () => {}, signal: new AbortController().signal, timeoutMs: SOON, ...overrides }
}

/** A server on a bare socket; `greet` gets the request, and what it returns is sent. */
async function bare(t: Test, serve: (socket: net.Socket, accept: string) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (request: Buffer) => {
      const key = /^sec-websocket-key: (.*)\r$/im.exec(request.toString())?.[1] ?? ''
      const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
      serve(socket, [...lines, `Sec-WebSocket-Accept: ${acceptFor(key)}`, '', ''].join('\r\n'))
    })
  })
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function onWs(t: Test, serve: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'chat.v1' })
  server.on('connection', (socket) => serve(socket.on('error', () => {})))
  t.teardown(() => server.close())
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function opened(t: Test, url: string, overrides: Partial<OpenOptions> = {}): Promise<Connection> {
  const connection = await open(url, options(overrides))
  t.teardown(() => connection.destroy())
  return connection
}

t.test('against ws: handshake, messages both ways, ping, and the closing handshake', async (t) => {
  const entries: Entry[] = []
  const url = await onWs(t, (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })))
  const alice = await opened(t, url, { subprotocols: ['chat.v1'], record: (entry) => entries.push(entry) })
  t.match(alice.response, { status: 101, subprotocol: 'chat.v1', accepted: true })
  await alice.text('hällo')
  const message = await alice.nextMessage({ from: 0, matches: () => true, withinMs: SOON })
  t.match(message, { opcode: OPCODE.text, payload: Buffer.from('hällo') })
  await alice.ping('p')
  t.match(await alice.next({ from: 1, matches: ({ opcode }) => opcode === OPCODE.pong, withinMs: SOON }), { fin: true })
  await alice.close(4000, 'bye')
  t.match(await alice.end(SOON), { kind: 'closed', code: 4000 })
  t.match(await alice.disconnect(SOON), { kind: 'fin' })
  const kinds = ['request', 'response', 'sent', 'received', 'sent', 'received', 'sent', 'received', 'fin']
  t.strictSame(
    entries.map(({ kind }) => kind),
    kinds,
  )
})

t.test('pings are answered and a Close frame is returned once, unless asked otherwise', async (t) => {
  const url = await onWs(t, (socket) => {
    socket.on('pong', () => socket.close(4001, 'ponged'))
    socket.ping('are you there')
  })
  const alice = await opened(t, url)
  t.match(await alice.end(SOON), { kind: 'closed', code: 4001, reason: Buffer.from('ponged') })
  t.match(await alice.disconnect(SOON), { kind: 'fin' })

  const heard: Buffer[] = []
  const silent = await bare(t, (socket, accept) => {
    socket.on('data', (octets) => heard.push(octets))
    socket.end(Buffer.concat([Buffer.from(accept), unmasked(OPCODE.ping), unmasked(OPCODE.close)]))
  })
  const bob = await opened(t, silent, { autoPong: false, autoClose: false })
  t.match(await bob.disconnect(SOON), { kind: 'fin' })
  t.strictSame(heard, [])
})

t.test('a pong waits until no message is half sent', async (t) => {
  let heard = Buffer.alloc(0)
  const url = await bare(t, (socket, accept) => {
    socket.on('data', (octets) => {
      heard = Buffer.concat([heard, octets])
      if (heard.toString().endsWith('end of frame')) socket.write(unmasked(OPCODE.close))
    })
    socket.write(Buffer.concat([Buffer.from(accept), unmasked(OPCODE.ping)]))
  })
  const alice = await opened(t, url)
  alice.holdAnswers()
  alice.answer(() => void alice.write(Buffer.from('end of frame')))
  await alice.write(Buffer.from('frame, '))
  alice.releaseAnswers()
  t.match(await alice.end(SOON), { kind: 'closed' })
  t.ok(heard.toString().endsWith('frame, end of frame'))
})

t.test('frames that come with the response head are not lost', async (t) => {
  const url = await bare(t, (socket, accept) => {
    socket.write(Buffer.concat([Buffer.from(accept), unmasked(OPCODE.text, 'early')]))
  })
  const alice = await opened(t, url)
  t.match(alice.messages, [{ payload: Buffer.from('early') }])
})

t.test('a refusal is a response, not an error', async (t) => {
  const url = await bare(t, (socket) => socket.end('HTTP/1.1 403 Forbidden\r\nX: y\r\n\r\nno'))
  const alice = await opened(t, url)
  t.match(alice.response, { status: 403, accepted: false, problem: 'status 403, not 101' })
  t.match(await alice.end(SOON), { kind: 'fin' })
  t.strictSame(alice.frames, [])
})

t.test('what a server answers beforehand is no refusal', async (t) => {
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
  const url = await bare(t, (socket, accept) => {
    socket.write(Buffer.concat([Buffer.from(`${early}${early}${accept}`), unmasked(OPCODE.text, 'open')]))
  })
  const alice = await opened(t, url)
  t.match(alice.response, { status: 101, accepted: true })
  t.match(alice.messages, [{ payload: Buffer.from('open') }])
  const hinting = await bare(t, (socket) => socket.end(early))
  await t.rejects(open(hinting, options()), { name: 'Unreachable', message: /closed the TCP connection/ })
})

t.test('what never answers with a head is unreachable, and says how', async (t) => {
  const closing = await bare(t, (socket) => socket.end())
  const resetting = await bare(t, (socket) => socket.resetAndDestroy())
  const chatty = await bare(t, (socket) => socket.end('220 smtp\r\n\r\n'))
  const mute = await bare(t, () => {})
  const free = new URL(closing)
  const refused = await bare(t, () => {})
  await t.rejects(open(closing, options()), { name: 'Unreachable', message: /closed the TCP connection/ })
  await t.rejects(open(resetting, options()), { name: 'Unreachable', message: /ECONNRESET/ })
  await t.rejects(open(chatty, options()), { name: 'Unreachable', message: /no HTTP/ })
  await t.rejects(open(mute, options({ timeoutMs: 1 })), Unreachable)
  await t.rejects(open(`ws://127.0.0.1:1${free.pathname}`, options()), { name: 'Unreachable', message: /ECONNREFUSED/ })
  const aborted = AbortSignal.abort(new Error('interrupted'))
  await t.rejects(open(refused, options({ signal: aborted })), { message: 'interrupted' })
})

t.test('the end is a Close frame, a FIN or a reset, each told apart', async (t) => {
  const ends = {
    closed: (socket: net.Socket) => socket.end(unmasked(OPCODE.close, encodeClose(1001))),
    fin: (socket: net.Socket) => socket.end(),
    reset: (socket: net.Socket) => socket.resetAndDestroy(),
  }
  for (const [kind, end] of Object.entries(ends)) {
    const url = await bare(t, (socket, accept) => {
      socket.write(accept)
      socket.once('data', () => end(socket))
    })
    const alice = await opened(t, url)
    await alice.text('now')
    t.match(await alice.end(SOON), { kind })
    t.match(await alice.next({ from: 0, matches: () => false, withinMs: SOON }), { kind })
  }
})

t.test('what the peer said before it hung up is read, even where our write fails', async (t) => {
  const url = await bare(t, (socket, accept) => {
    socket.write(accept)
    // Closing with octets unread makes TCP reset the connection behind the Close frame.
    socket.once('data', () => {
      socket.pause()
      socket.write(unmasked(OPCODE.close, encodeClose(1002)), () => socket.destroy())
    })
  })
  const alice = await opened(t, url)
  await alice.write(Buffer.from('c100', 'hex'))
  for (let n = 0; n < 50; n++) await alice.text('x'.repeat(60_000))
  t.match(await alice.end(SOON), { kind: 'closed', code: 1002 })
  t.ok(await alice.disconnect(SOON))
})

t.test('waiting ends as a timeout when nothing comes, and when we hang up', async (t) => {
  const url = await bare(t, (socket, accept) => socket.write(accept))
  const alice = await opened(t, url)
  t.equal(await alice.next({ from: 0, matches: () => true, withinMs: 1 }), 'timeout')
  const waits = [
    alice.end(SOON),
    alice.disconnect(SOON),
    alice.nextMessage({ from: 0, matches: () => true, withinMs: SOON }),
  ]
  alice.destroy()
  t.strictSame(await Promise.all(waits), ['timeout', 'timeout', 'timeout'])
  t.equal(await alice.end(SOON), 'timeout')
})

t.test('aborting the signal hangs up', async (t) => {
  const controller = new AbortController()
  let hungUp = () => {}
  const gone = new Promise<void>((resolve) => {
    hungUp = resolve
  })
  const url = await bare(t, (socket, accept) => {
    socket.on('close', () => hungUp())
    socket.write(accept)
  })
  const alice = await opened(t, url, { signal: controller.signal })
  controller.abort()
  await gone
  t.equal(await alice.end(SOON), 'timeout')
})

t.test('a paused connection reads on where it stopped', async (t) => {
  const payload = 'x'.repeat(50_000)
  const url = await onWs(t, (socket) => {
    socket.once('message', () => {
      for (let n = 0; n < 20; n++) socket.send(payload)
    })
  })
  const alice = await opened(t, url)
  alice.pause()
  await alice.text('go')
  t.strictSame(alice.messages, [])
  alice.resume()
  t.ok(await alice.nextMessage({ from: 19, matches: () => true, withinMs: SOON }))
  t.equal(alice.messages.length, 20)
})

t.test('a fault in a matcher is thrown to whoever waits, not into the socket', async (t) => {
  const url = await onWs(t, (socket) => socket.on('message', (data) => socket.send(data)))
  const alice = await opened(t, url)
  const matches = () => {
    throw new Error('matcher')
  }
  const wait = alice.next({ from: 0, matches, withinMs: SOON })
  await alice.text('hello')
  await t.rejects(wait, { message: 'matcher' })
})
