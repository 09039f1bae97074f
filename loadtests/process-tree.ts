/** A process and its descendants, from /proc (Linux): a server may be a shell that starts a parent of workers. */
import { readdirSync, readFileSync } from 'node:fs'

/** They start a server, or guard it, and serve nobody. */
const SHELLS = /^(?:sh|ash|dash|bash)$/

export interface TreeMember {
  readonly pid: number
  /** Of its program, as the kernel keeps it: its first 15 bytes. */
  readonly name: string
  readonly isShell: boolean
}

/** The processes and all that descend from them, each once; nothing where they are gone, or elsewhere than on Linux. */
export function treeOf(roots: readonly number[]): TreeMember[] {
  return [...new Set(roots.flatMap(withDescendants))].flatMap((pid) => {
    const name = readOrNothing(`/proc/${pid}/comm`)?.trim()
    return name === undefined ? [] : [{ pid, name, isShell: SHELLS.test(name) }]
  })
}

function withDescendants(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(withDescendants)]
}

/** A child is listed with the thread that started it. */
function childrenOf(pid: number): number[] {
  const threads = threadsOf(pid).map((thread) => readOrNothing(`/proc/${pid}/task/${thread}/children`) ?? '')
  return threads.join(' ').split(' ').filter(Boolean).map(Number)
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** The text of a file of /proc; undefined where there is none, or no longer. */
export function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
