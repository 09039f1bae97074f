/** Finds in the seconds of a run where the number of connections stood still, and the memory of the server there. Pure. */
import type { Plateau, SeriesPoint } from '../schemas/generated/results.ts'

/** How many connections there are after each step, where all of them got ready. */
export function stepSizes({ connections, plateaus }: { readonly connections: number; readonly plateaus: number }) {
  return Array.from({ length: plateaus }, (_, step) => Math.ceil(((step + 1) * connections) / plateaus))
}

/**
 * The plateaus in the order of the run, each as long after its last connection as every other: a server frees what the
 * handshakes left behind bit by bit, so one that was held longer would look cheaper.
 * @param sizes that were planned; a ramp that stalls, or connections that go, make no plateau.
 */
export function plateausOf(points: readonly SeriesPoint[], sizes: readonly number[]): Plateau[] {
  const steady = steadyRuns(points, sizes)
  const settled = steady.reduce((least, run) => Math.min(least, run.length), Number.POSITIVE_INFINITY) - 1
  return steady.flatMap((run) => {
    const { sockets, server_rss_bytes, server_pss_bytes, kernel_socket_bytes } =
      lastKnown(run.slice(1, settled + 1)) ?? {}
    if (sockets === undefined || server_rss_bytes === undefined) return []
    return {
      connections: sockets,
      rss_bytes: server_rss_bytes,
      ...(server_pss_bytes === undefined ? {} : { pss_bytes: server_pss_bytes }),
      ...(kernel_socket_bytes === undefined ? {} : { kernel_socket_bytes }),
    }
  })
}

/** Seconds in a row that ended with one of these numbers of connections; the first of each number. */
function steadyRuns(points: readonly SeriesPoint[], sizes: readonly number[]): readonly (readonly SeriesPoint[])[] {
  const runs: SeriesPoint[][] = []
  for (const point of points) {
    const last = runs.at(-1)
    if (last?.[0]?.sockets === point.sockets) last?.push(point)
    else runs.push([point])
  }
  const steady = runs.filter((run) => run.length > 1)
  return sizes.flatMap((size) => {
    const first = steady.find(([second]) => second?.sockets === size)
    return first === undefined ? [] : [first]
  })
}

/** A second in which the server could not be looked at is a gap; the one before it says as much. */
const lastKnown = (run: readonly SeriesPoint[]) =>
  run.findLast(({ server_rss_bytes }) => server_rss_bytes !== undefined)
