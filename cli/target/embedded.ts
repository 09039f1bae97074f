/** The reference server as a target: our own `serve` command, started by the launch contract like any other server. */
import { PROGRAM, VERSION } from '../installation.ts'
import type { Launch } from './exec.ts'
import { oneFile } from './one-file.ts'

/** A process of its own, so that its pid, memory and CPU are the server's alone. A fault is put into the sources as they are loaded. */
export async function embeddedServer(mutant?: string): Promise<Launch> {
  const command = mutant === undefined ? [await oneFile(), 'serve'] : [PROGRAM, 'serve', '--mutant', mutant]
  return {
    argv: [process.execPath, ...command],
    description: {
      kind: 'embedded',
      name: `Shakedown reference server ${VERSION}`,
      ...(mutant === undefined ? {} : { mutant }),
    },
    capabilities: { control: true, deflate: true },
  }
}
