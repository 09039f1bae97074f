/** Upgrades to WebSocket at a rate, which autocannon cannot make: the HTTP part of a handshake, and a polite close. */
import { createHash, randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Duplex } from 'node:stream'

export interface UpgradeOptions {
  /** WebSocket addresses, taken in turn. */
  readonly urls: readonly string[]
  readonly token: string
  readonly origin?: string | undefined
  readonly rate_per_s: number
  readonly onAnswer: (answer: UpgradeAnswer) => void
}

/** What became of one upgrade. */
export interface UpgradeAnswer {
  /** The first of ten goes to a path where no WebSocket is, and is to be refused. */
  readonly wanted: 'accepted' | 'refused'
  /** From the time at which it was due to the head of the answer. */
  readonly ms: number
  /** How late it was sent. */
  readonly late_ms: number
  /** Why it is not what was wanted. */
  readonly fault?: string
}

const REFUSED_EVERY = 10
const NO_WEBSOCKET = '/shakedown-no-websocket-here'
const ANSWER_WITHIN_MS = 10_000
/** For what is under way when all is stopped, in ms. */
const END_WITHIN_MS = 2000
/** For the server to close its end, in ms. */
const CLOSE_WITHIN_MS = 2000
/** RFC 6455, 1.3: the GUID by which a server proves that it speaks WebSocket. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** RFC 6455, 5.5.1: FIN and opcode 8, masked with zeros, status 1000. */
const CLOSE_1000 = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8])

/** Upgrades until it is stopped; `stop` resolves when the last connection is gone. */
export function startUpgrades(options: UpgradeOptions): { stop(): Promise<void> } {
  const interval = 1000 / options.rate_per_s
  const began = performance.now()
  const underWay = new Set<Promise<void>>()
  const ending = new AbortController()
  // One for each upgrade that is under way: of a server that answers none, more than Node takes for a leak.
  setMaxListeners(0, ending.signal)
  let sent = 0
  const send = () => {
    const due = began + sent * interval
    const one = upgrade(options, sent, due, ending.signal).finally(() => underWay.delete(one))
    underWay.add(one)
    sent++
  }
  let timer: ReturnType<typeof setTimeout>
  const pace = () => {
    while (began + sent * interval <= performance.now()) send()
    timer = setTimeout(pace, began + sent * interval - performance.now())
  }
  pace()
  return {
    async stop() {
      clearTimeout(timer)
      const overdue = setTimeout(() => ending.abort(), END_WITHIN_MS)
      await Promise.all(underWay)
      clearTimeout(overdue)
    },
  }
}

/** Resolves when its connection is gone; never rejects. */
function upgrade(options: UpgradeOptions, number: number, due: number, ending: AbortSignal): Promise<void> {
  const { urls, onAnswer } = options
  const wanted = number % REFUSED_EVERY === 0 ? 'refused' : 'accepted'
  const address = new URL(urls[number % urls.length] ?? '')
  const late_ms = performance.now() - due
  const key = randomBytes(16).toString('base64')
  const path = wanted === 'refused' ? NO_WEBSOCKET : `${address.pathname}${address.search}`
  const request = address.protocol === 'wss:' ? requestSecure : requestPlain
  return new Promise((resolve) => {
    const asked = request({ ...headed(options, key), host: bare(address.hostname), port: address.port, path })
    const giveUp = () => asked.destroy(new Error('no answer in time'))
    const deadline = setTimeout(giveUp, ANSWER_WITHIN_MS)
    ending.addEventListener('abort', giveUp, { once: true })
    const answered = (fault: string | undefined) => {
      clearTimeout(deadline)
      ending.removeEventListener('abort', giveUp)
      onAnswer({ wanted, ms: performance.now() - due, late_ms, ...(fault === undefined ? {} : { fault }) })
    }
    asked.once('upgrade', (response, socket) => {
      answered(wanted === 'refused' ? 'it was accepted' : faultIn(response, key))
      leave(socket, resolve)
    })
    asked.once('response', (response) => {
      const { statusCode = 0 } = response
      const isRefusal = statusCode >= 400 && statusCode < 500
      answered(wanted === 'refused' && isRefusal ? undefined : `it was answered with status ${statusCode}`)
      response.once('close', resolve).resume()
    })
    asked.once('error', ({ message }) => {
      answered(message)
      resolve()
    })
    asked.end()
  })
}

function headed({ token, origin }: UpgradeOptions, key: string): RequestOptions {
  return {
    agent: false,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Protocol': 'chat.v1',
      Authorization: `Bearer ${token}`,
      ...(origin === undefined ? {} : { Origin: origin }),
    },
  }
}

/** An IPv6 address without its brackets. */
const bare = (hostname: string) => hostname.replace(/^\[(.*)\]$/, '$1')

/** RFC 6455, 4.1: what the client has to hold the answer to. */
function faultIn({ headers }: IncomingMessage, key: string): string | undefined {
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  if (headers['sec-websocket-accept'] !== accept) return 'its Sec-WebSocket-Accept is not that of the key'
  if (headers['sec-websocket-protocol'] !== 'chat.v1') return 'it did not select chat.v1'
  return undefined
}

/** Closes with 1000, and without waiting longer than is polite. */
function leave(socket: Duplex, gone: () => void): void {
  const overdue = setTimeout(() => socket.destroy(), CLOSE_WITHIN_MS)
  socket.once('close', () => {
    clearTimeout(overdue)
    gone()
  })
  socket.on('error', () => socket.destroy()).resume()
  socket.end(CLOSE_1000)
}
