/** Finds in the seconds of a run where the number of connections stood still, and the memory of the server there. Pure. */
import type { Plateau, SeriesPoint } from '../schemas/generated/results.ts'

/**
 * The plateaus in the order of the run, each as long after its last connection as every other: a server frees what the
 * handshakes left behind bit by bit, so one that was held longer would look cheaper.
 */
export function plateausOf(points: readonly SeriesPoint[]): Plateau[] {
  const steady = steadyRuns(points)
  const settled = steady.reduce((least, run) => Math.min(least, run.length), Number.POSITIVE_INFINITY) - 1
  return steady.flatMap((run) => {
    const { sockets, server_rss_bytes, server_pss_bytes, kernel_socket_bytes } = run[settled] ?? {}
    if (sockets === undefined || server_rss_bytes === undefined) return []
    return {
      connections: sockets,
      rss_bytes: server_rss_bytes,
      ...(server_pss_bytes === undefined ? {} : { pss_bytes: server_pss_bytes }),
      ...(kernel_socket_bytes === undefined ? {} : { kernel_socket_bytes }),
    }
  })
}

/** Seconds in a row that ended with the same number of connections; the first of each number, and none without any. */
function steadyRuns(points: readonly SeriesPoint[]): readonly (readonly SeriesPoint[])[] {
  const runs: SeriesPoint[][] = []
  for (const point of points) {
    const last = runs.at(-1)
    if (last?.[0]?.sockets === point.sockets) last?.push(point)
    else runs.push([point])
  }
  const seen = new Set<number | undefined>([undefined, 0])
  return runs.filter((run) => {
    const sockets = run.length > 1 ? run[0]?.sockets : undefined
    const isNew = !seen.has(sockets)
    seen.add(sockets)
    return isNew
  })
}
