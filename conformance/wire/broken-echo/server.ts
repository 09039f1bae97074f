/** An echo server on bare sockets for the tests: strict, save for the faults that it is asked to have. */
import net from 'node:net'
import { Deflation } from './deflation.ts'
import type { Has, Trait } from './faults.ts'
import { answerTo } from './opening.ts'
import { EchoSession } from './session.ts'

export interface EchoServer {
  readonly url: string
  close(): Promise<void>
}

/** Listens on a free port of the loopback. */
export function startEcho(...traits: readonly Trait[]): Promise<EchoServer> {
  const sockets = new Set<net.Socket>()
  const has: Has = (trait) => traits.includes(trait)
  const isMortal = traits.some((trait) => trait.startsWith('dies of '))
  let dead = false
  const die = () => {
    dead = true
  }
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (dead && isMortal) socket.destroy()
    else if (dead && has('answers 429 behind a violation'))
      socket.once('data', () => socket.end('HTTP/1.1 429 Too Many Requests\r\n\r\n'))
    else serve(socket, has, die)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      const close = () =>
        new Promise<void>((closed) => {
          for (const socket of sockets) socket.destroy()
          server.close(() => closed())
        })
      resolve({ url: `ws://127.0.0.1:${port}/`, close })
    })
  })
}

/** A request head longer than this is none, in octets. */
const LONGEST_HEAD = 100_000

/** Reads the opening handshake, and then serves. */
function serve(socket: net.Socket, has: Has, die: () => void): void {
  let head = ''
  const handshake = (octets: Buffer) => {
    head += octets.toString('latin1')
    if (head.length > LONGEST_HEAD && has('dies of a large field')) die()
    const end = head.indexOf('\r\n\r\n')
    if (end < 0 && (head.length > LONGEST_HEAD || has('reads requests of one segment'))) socket.destroy()
    if (end < 0) return
    const { answer, opens, deflate } = answerTo(head.slice(0, end), has)
    socket.write(`${answer}\r\n\r\n`)
    socket.off('data', handshake)
    if (!opens) {
      socket.end()
      return
    }
    const session = new EchoSession(socket, { has, die, deflation: deflate && new Deflation(deflate, has) })
    const rest = Buffer.from(head.slice(end + 4), 'latin1')
    if (rest.length > 0 && !has('drops what comes with a request')) session.read(rest)
    socket.on('data', (more: Buffer) => session.read(more))
  }
  socket.on('data', handshake)
}
