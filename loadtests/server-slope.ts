/** What a connection costs a server: the slope of its memory over plateaus of connections. */
import type { Plateau } from '../schemas/generated/results.ts'

export interface ConnectionCost {
  readonly bytes_per_connection: number
  /** How much of the memory's variance the line explains: 1 is a straight line, 0 is none. */
  readonly r2: number
  /** Plateaus that it was drawn through. */
  readonly points: number
}

/** Through two points there is always a straight line, which proves nothing. */
const LEAST_PLATEAUS = 3

/**
 * The least-squares line through the plateaus; the memory of the server without connections is its intercept, and in no
 * cost.
 * @returns undefined where there are fewer than three different numbers of connections.
 */
export function connectionCost(plateaus: readonly Plateau[]): ConnectionCost | undefined {
  if (new Set(plateaus.map(({ connections }) => connections)).size < LEAST_PLATEAUS) return undefined
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [plateaus.map(({ connections }) => connections), plateaus.map(({ rss_bytes }) => rss_bytes)]
  const [meanX, meanY] = [mean(x), mean(y)]
  const spreadX = mean(x.map((value) => (value - meanX) ** 2))
  const spreadY = mean(y.map((value) => (value - meanY) ** 2))
  const together = mean(plateaus.map((at) => (at.connections - meanX) * (at.rss_bytes - meanY)))
  return {
    bytes_per_connection: together / spreadX,
    // Memory that never changes is a straight line too.
    r2: spreadY === 0 ? 1 : together ** 2 / (spreadX * spreadY),
    points: plateaus.length,
  }
}
