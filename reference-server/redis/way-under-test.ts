/** The way to a Redis, which a test makes long, or lets lead to another one. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The part of a test that knows its end. */
interface Test {
  teardown(action: () => unknown): void
}

export interface Way {
  readonly url: string
  /** By how much every answer comes later from now on, in ms: drawn anew for each piece of what is answered. */
  delay: readonly [least: number, most: number]
  /** New connections reach this port; those that there are stay. */
  port: number
}

export async function layWay(t: Test, port: number): Promise<Way> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(way.port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay())
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
    }
    near.pipe(far)
    let arrived = Promise.resolve()
    far.on('data', (piece) => {
      const [least, most] = way.delay
      const until = later(least + Math.random() * (most - least))
      // In order, whatever was drawn.
      arrived = arrived.then(() => until).then(() => void near.write(piece))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
  const way: Way = { url, port, delay: [0, 0] }
  return way
}

function later(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => void setTimeout(resolve, ms))
}
