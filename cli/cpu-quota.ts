/** How many cores the control group of this process may use (cgroup v2, `cpu.max`), which Node 20 does not ask for. */
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'

/** In whole cores, at least one; undefined where no group has a quota, or the system knows no such groups. */
export function cpuQuota(read: (path: string) => string | undefined = readOrNothing): number | undefined {
  const group = /^0::(.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1]
  if (group === undefined) return undefined
  // The quota of a group binds all groups within it.
  const quotas = withParents(posix.resolve(`/sys/fs/cgroup${group}`)).flatMap(
    (folder) => coresOf(read(`${folder}/cpu.max`) ?? '') ?? [],
  )
  return quotas.length === 0 ? undefined : Math.max(1, Math.floor(Math.min(...quotas)))
}

/** `max 100000` or `150000 100000`: microseconds in each period of so many. */
function coresOf(cpuMax: string): number | undefined {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(cpuMax) ?? []
  return quota === undefined ? undefined : Number(quota) / Number(period)
}

function withParents(folder: string): string[] {
  return folder === '/sys/fs' ? [] : [folder, ...(folder === '/' ? [] : withParents(posix.dirname(folder)))]
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
