/** The reference server as a target: our own `serve` command, started by the launch contract like any other server. */
import { PROGRAM, VERSION } from '../installation.ts'
import type { Launch } from './exec.ts'

/** A process of its own, so that its pid, memory and CPU are the server's alone. */
export function embeddedServer(mutant?: string): Launch {
  const injected = mutant === undefined ? [] : ['--mutant', mutant]
  return {
    argv: [process.execPath, PROGRAM, 'serve', ...injected],
    description: {
      kind: 'embedded',
      name: `Shakedown reference server ${VERSION}`,
      ...(mutant === undefined ? {} : { mutant }),
    },
    capabilities: { control: true, deflate: true },
  }
}
