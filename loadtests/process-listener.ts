/** Who listens on a port of this machine, from /proc (Linux): so a server that was found running is measured too. */
import { readdirSync, readlinkSync } from 'node:fs'
import { readOrNothing } from './process-tree.ts'

/** `sl local_address rem_address st … inode` of a listening socket (proc(5), /proc/net/tcp). */
const LISTENING = /^ *\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:0000 0A(?: +\S+){5} +(\d+)/gm

/** The processes that hold a listening socket of the port; none where they are another user's, or elsewhere. */
export function listenersOf(port: number): number[] {
  const tables = ['tcp', 'tcp6'].map((name) => readOrNothing(`/proc/net/${name}`)).join('\n')
  const wanted = new Set(parseListening(tables, port).map((inode) => `socket:[${inode}]`))
  if (wanted.size === 0) return []
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  return pids.filter((pid) => descriptorsOf(pid).some((link) => wanted.has(link))).map(Number)
}

/** The inodes of the sockets that listen on a port, in the text of one table or several. */
export function parseListening(tables: string, port: number): string[] {
  const rows = [...tables.matchAll(LISTENING)]
  return rows.flatMap(([, local = '', inode = '']) => (Number.parseInt(local, 16) === port ? [inode] : []))
}

function descriptorsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => linkOf(`/proc/${pid}/fd/${descriptor}`))
  } catch {
    return []
  }
}

/** Descriptors come and go while they are looked at. */
function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)]
  } catch {
    return []
  }
}
