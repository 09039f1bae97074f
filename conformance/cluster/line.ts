/** The line between one node and its broker, as a TCP proxy of the case's own: it can be cut, and put together again. */
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'

export interface Line {
  /** Where the node finds the broker. */
  readonly url: string
  /** Every connection is reset, and every new one too. */
  cut(): void
  /** Nothing gets through, either way, and nobody is told. */
  freeze(): void
  /** As it was in the beginning; what was held back while it was frozen arrives. */
  mend(): void
  /** Cuts it for good. */
  close(): Promise<void>
}

type State = 'whole' | 'cut' | 'frozen'

/** @param broker such as `redis://127.0.0.1:6379`: a single one, to which no other address leads. */
export async function openLine(broker: string): Promise<Line> {
  const { hostname, port } = new URL(broker)
  const ends = new Set<Socket>()
  let state: State = 'whole'
  const join = (from: Socket, to: Socket) => {
    ends.add(from)
    from.on('data', (chunk) => to.write(chunk))
    from.on('error', () => {})
    from.on('close', () => {
      ends.delete(from)
      to.destroy()
    })
    if (state === 'frozen') from.pause()
  }
  const server = net.createServer((near) => {
    if (state === 'cut') return near.on('error', () => {}).resetAndDestroy()
    const far = net.connect({ host: hostname, port: Number(port) })
    join(near, far)
    join(far, near)
    return undefined
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const cut = () => {
    state = 'cut'
    for (const end of ends) end.resetAndDestroy()
  }
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    freeze() {
      state = 'frozen'
      for (const end of ends) end.pause()
    },
    mend() {
      state = 'whole'
      for (const end of ends) end.resume()
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
