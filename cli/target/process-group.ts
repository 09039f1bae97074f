/** A command that runs in a process group of its own and never outlives this process. */
import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

/** How much of the output is kept, in characters: enough for a stack trace and what led to it. */
const OUTPUT_KEPT = 1024 * 1024

/** The launch contract: "stopped by SIGTERM to its group, and SIGKILL after 5 s". */
const GRACE_MS = 5000

/** How long a stranger who left the group may hold on to the output's pipe after the command has ended. */
const DRAIN_MS = 500

/**
 * The shell starts a guard in the group, then becomes the command, so that the command keeps the group's process id.
 * The guard reads from a pipe whose other end only we hold: its end is our end, even by SIGKILL, and then the group's.
 */
const GUARDED = '(read -r _ <&3; kill -KILL 0) & exec "$@" 3<&-'

/** What ends the groups that are alive, should this process end first. */
const killers = new Set<() => void>()
process.once('exit', () => {
  for (const kill of killers) kill()
})

export interface ProcessGroup {
  readonly pid: number
  /** The last of what it printed on stdout and stderr together. */
  output(): string
  /** Resolves when the command has ended, with how: `exit code 1`, `SIGSEGV`. Never rejects. */
  readonly ended: Promise<string>
  /** SIGTERM to the group, SIGKILL after 5 s; resolves when the command has ended. */
  stop(): Promise<void>
  /** SIGKILL to the group; resolves when the command has ended. */
  kill(): Promise<void>
}

/**
 * @param argv program and arguments; `['sh', '-c', line]` for a shell command.
 * @param onOutput gets what it prints, as it comes.
 * @throws where no process can be started at all.
 */
export function startProcessGroup(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  onOutput: (text: string) => void = () => {},
): ProcessGroup {
  const child = spawn('/bin/sh', ['-c', GUARDED, 'shakedown', ...argv], {
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined)
    throw new Error('no process could be started: /bin/sh is missing, or the process limit is reached')
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT)
      onOutput(text)
    })

  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal)
    } catch {
      // ESRCH: nobody is left in the group.
    }
  }
  const killGroup = () => signalGroup('SIGKILL')
  killers.add(killGroup)
  let stopping = false
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      // A shell ends at once when it is stopped. What it started may still drain, and shows by the pipes that it holds.
      if (!stopping) killGroup()
      const finish = () => {
        killGroup()
        killers.delete(killGroup)
        resolve(signal ?? `exit code ${code}`)
      }
      const overdue = setTimeout(finish, stopping ? GRACE_MS + DRAIN_MS : DRAIN_MS)
      child.once('close', () => {
        clearTimeout(overdue)
        finish()
      })
    })
  })
  return {
    pid,
    output: () => output,
    ended,
    async stop() {
      stopping = true
      signalGroup('SIGTERM')
      const abort = new AbortController()
      const overdue = delay(GRACE_MS, undefined, { signal: abort.signal }).then(killGroup, () => {})
      await Promise.race([ended, overdue.then(() => ended)])
      abort.abort()
    },
    async kill() {
      killGroup()
      await ended
    },
  }
}
