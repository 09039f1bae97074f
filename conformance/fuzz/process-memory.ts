/** How much memory the processes of a started server hold, where the system tells. */
import { readdir, readFile } from 'node:fs/promises'

const BYTES_PER_KIB = 1024

/**
 * Resident memory of a process group in bytes, by /proc.
 * @returns undefined where there is no /proc, or no such process
 */
export async function residentBytes(group: number): Promise<number | undefined> {
  const entries = await readdir('/proc').catch(() => [])
  const sizes = await Promise.all(entries.filter((name) => /^\d+$/.test(name)).map((pid) => residentOf(pid, group)))
  const sum = sizes.reduce((total, size) => total + size, 0)
  return sum === 0 ? undefined : sum
}

/** 0 where the process is of another group, or gone. */
async function residentOf(pid: string, group: number): Promise<number> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    // The name, in brackets, may hold blanks; the fields after it are state, parent and group.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(fields[2]) !== group) return 0
    const status = await readFile(`/proc/${pid}/status`, 'latin1')
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * BYTES_PER_KIB
  } catch {
    return 0
  }
}
