/** What a process uses, from /proc (Linux): elsewhere, and once it is gone, nothing is known. */
import { readFileSync } from 'node:fs'

export interface Usage {
  /** User and system time so far, in seconds. */
  readonly cpu_s: number
  readonly rss_bytes: number
}

/** Clock ticks a second: USER_HZ, 100 on every Linux that Node runs on (proc(5), times). */
const USER_HZ = 100

export function usageOf(pid: number | undefined): Usage | undefined {
  if (pid === undefined) return undefined
  try {
    return parseUsage(readFileSync(`/proc/${pid}/stat`, 'utf8'), readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Reads utime and stime, the 14th and 15th field of `stat`, and VmRSS, in kB, of `status`. */
export function parseUsage(stat: string, status: string): Usage {
  // The second field is the name in parentheses, which may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  return { cpu_s: ticks / USER_HZ, rss_bytes: kilobytes * 1024 }
}
