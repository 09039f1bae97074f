/** Ports for processes that are started here. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that Linux gives to outgoing connections (`net.ipv4.ip_local_port_range`, from 32768): among thousands of
 * those, one may take a port between the moment in which it was found free and that in which a server listens on it.
 */
const FROM = 10_000
const BELOW = 32_768

/** Ports that were handed out: who was given one may not listen on it yet, and to the kernel it is free till then. */
const handedOut = new Set<number>()

/** A port of 127.0.0.1 that was free a moment ago, and another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FROM, BELOW)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    if (await isFree(port)) return port
  }
}

/** Whether one can listen there. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
