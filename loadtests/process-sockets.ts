/** Memory of TCP sockets in the kernel, from /proc/net (Linux). */
import { readOrNothing } from './process-tree.ts'

/** What the kernel's tables say of the sockets of one port. */
export interface Queues {
  /** That the server wrote and its peers have not acknowledged. */
  readonly unsent_bytes: number
  /** That its peers sent and the server has not read. */
  readonly unread_bytes: number
}

/**
 * Memory that all TCP buffers of this machine take, at both ends of a connection where both are here.
 * The kernel counts whole pages, and tells of them only once a processor has taken or given back 1 MiB.
 */
export function tcpMemory(): number | undefined {
  return parseTcpMemory(readOrNothing('/proc/net/sockstat') ?? '', pageBytes())
}

/** Reads `mem`, in pages, of the line `TCP:` of a `sockstat`. */
export function parseTcpMemory(sockstat: string, pageBytes: number): number | undefined {
  const pages = /^TCP:.* mem (\d+)/m.exec(sockstat)?.[1]
  return pages === undefined ? undefined : Number(pages) * pageBytes
}

/** What waits in the kernel on the server's side of its connections. The tables grow with all sockets of the machine. */
export function queuesOf(port: number): Queues | undefined {
  const tables = ['tcp', 'tcp6'].map((name) => readOrNothing(`/proc/net/${name}`))
  if (tables.every((table) => table === undefined)) return undefined
  return parseQueues(tables.join('\n'), port)
}

/** `sl local_address rem_address st tx_queue:rx_queue …`, in hexadecimal (proc(5), /proc/net/tcp). */
const ROW = /^ *\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} ([\dA-F]{2}) ([\dA-F]{8}):([\dA-F]{8})/gm
/** Of a listening socket the columns hold how long its backlog is. */
const LISTEN = '0A'

/** Sums the queues of a port's connections in the text of one table or several. */
export function parseQueues(tables: string, port: number): Queues {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  let [unsent_bytes, unread_bytes] = [0, 0]
  for (const [, local, state, tx = '', rx = ''] of tables.matchAll(ROW)) {
    if (local !== wanted || state === LISTEN) continue
    unsent_bytes += Number.parseInt(tx, 16)
    unread_bytes += Number.parseInt(rx, 16)
  }
  return { unsent_bytes, unread_bytes }
}

/** 4 KiB on most machines, up to 64 KiB on some ARM: the kernel tells it of every mapping. */
function pageBytes(): number {
  return Number(/^KernelPageSize:\s+(\d+) kB$/m.exec(readOrNothing('/proc/self/smaps') ?? '')?.[1] ?? 4) * 1024
}
