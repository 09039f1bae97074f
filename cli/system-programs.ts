/** Programs that are not ours, which the system has or lacks. */
import { spawnSync } from 'node:child_process'
import { TargetError } from '../schemas/target.ts'

export interface SystemProgram {
  /** Of the program, and of the package in most systems. */
  readonly name: string
  /** What makes it print its version, and how that is found there. */
  readonly versionFlag: string
  readonly version: RegExp
}

export const REDIS: SystemProgram = { name: 'redis-server', versionFlag: '--version', version: /v=(\S+)/ }

export const HAPROXY: SystemProgram = { name: 'haproxy', versionFlag: '-v', version: /version (\d+(?:\.\d+)*)/i }

/** The version of what is on the PATH; undefined where nothing is. */
export function versionOf({ name, versionFlag, version }: SystemProgram): string | undefined {
  const { stdout } = spawnSync(name, [versionFlag], { encoding: 'utf8' })
  return version.exec(stdout ?? '')?.[1]
}

/**
 * @param use what it does for us, as a sentence goes on after its name.
 * @throws TargetError where there is none, with how to get it.
 */
export function requireProgram(program: SystemProgram, use: string): void {
  if (versionOf(program) !== undefined) return
  throw new TargetError(
    `${program.name} ${use}, and there is none on the PATH; install it, such as by apt-get install ${program.name}`,
  )
}
