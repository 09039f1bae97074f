/**
 * When, on the run's clock, it is a certain time at the server. `welcome.server_time` tells, and the server wrote it
 * between its client's `hello` and the arrival of the `welcome`: so there is an earliest and a latest time, and a
 * server whose clock differs from ours is not blamed for it.
 */

export interface ServerTime {
  /** The earliest that it can be `time` at the server, which is in ms since 1970. */
  earliest(time: number): number
  latest(time: number): number
}

/** `server_time` is cut to the millisecond. */
const PRECISION_MS = 1

/**
 * @param server_time as `welcome` tells it, RFC 3339.
 * @param asked when the connection was open, and hello not sent yet; on the run's clock, as `told`.
 * @param told when the welcome arrived.
 */
export function serverTime(server_time: string, asked: number, told: number): ServerTime {
  const written = Date.parse(server_time)
  return {
    earliest: (time) => asked + time - written - PRECISION_MS,
    latest: (time) => told + time - written,
  }
}
