/** What processes and their descendants use, from /proc (Linux): elsewhere, and once they are gone, nothing is known. */
import { readOrNothing, treeOf } from './process-tree.ts'

export interface Usage {
  /** User and system time so far, in seconds, with that of children which have ended. */
  readonly cpu_s: number
  /** Summed over the processes, so that pages which several of them share count several times. */
  readonly rss_bytes: number
}

/** Clock ticks a second: USER_HZ, 100 on every Linux that Node runs on (proc(5), times). */
const USER_HZ = 100

export function usageOf(...pids: readonly (number | undefined)[]): Usage | undefined {
  const used = treeOf(pids.filter((pid) => pid !== undefined)).flatMap((member) => {
    const stat = readOrNothing(`/proc/${member.pid}/stat`)
    const status = readOrNothing(`/proc/${member.pid}/status`)
    return stat === undefined || status === undefined ? [] : [{ ...member, ...parseUsage(stat, status) }]
  })
  if (used.length === 0) return undefined
  // Their CPU time counts, for it holds that of the children which have ended; their memory is not the server's.
  const servers = used.some(({ isShell }) => !isShell) ? used.filter(({ isShell }) => !isShell) : used
  return {
    cpu_s: used.reduce((sum, { cpu_s }) => sum + cpu_s, 0),
    rss_bytes: servers.reduce((sum, { rss_bytes }) => sum + rss_bytes, 0),
  }
}

/** Reads utime, stime, cutime and cstime, the 14th to 17th field of `stat`, and VmRSS, in kB, of `status`. */
export function parseUsage(stat: string, status: string): Usage {
  // The second field is the name in parentheses, which may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  return { cpu_s: ticks / USER_HZ, rss_bytes: kilobytes * 1024 }
}

/**
 * Memory of processes and their descendants in which a shared page counts once among those that share it (PSS).
 * Reading it walks the page tables: it costs the kernel some ms for each GB.
 */
export function pssOf(...pids: readonly (number | undefined)[]): number | undefined {
  const members = treeOf(pids.filter((pid) => pid !== undefined)).filter(({ isShell }) => !isShell)
  const found = members.flatMap((member) => parsePss(readOrNothing(`/proc/${member.pid}/smaps_rollup`) ?? '') ?? [])
  return found.length === 0 ? undefined : found.reduce((sum, bytes) => sum + bytes, 0)
}

/** Reads the first `Pss:` of a `smaps_rollup`, in kB; undefined where there is none. */
export function parsePss(rollup: string): number | undefined {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}
