/** How long to wait for what a server owes at once: long enough for a slow machine, measured and not guessed. */
import net from 'node:net'

/** Granted to any server: only a case that fails waits it out, so it costs a right server nothing. */
const FLOOR_MS = 3000
/** Round trips granted beside the floor. */
const ROUND_TRIPS = 20

/** @param url of the target; the round trip is that of a TCP handshake, the best of three. */
export async function calibratePatience(url: string): Promise<number> {
  const trips: number[] = []
  for (let n = 0; n < 3; n += 1) trips.push(await roundTrip(new URL(url)))
  return Math.ceil(FLOOR_MS + ROUND_TRIPS * Math.min(...trips))
}

/** In ms; the floor stands in for a server that does not even accept, which the cases will say better. */
function roundTrip({ hostname, port, protocol }: URL): Promise<number> {
  const began = performance.now()
  const socket = net.connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'wss:' ? 443 : 80)),
    timeout: FLOOR_MS,
  })
  return new Promise((resolve) => {
    for (const event of ['connect', 'error', 'timeout'])
      socket.on(event, () => {
        socket.destroy()
        resolve(Math.min(performance.now() - began, FLOOR_MS))
      })
  })
}
