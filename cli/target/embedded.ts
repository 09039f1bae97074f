/** The reference server as a target: our own `serve` command, started by the launch contract like any other server. */
import { PROGRAM, VERSION } from '../installation.ts'
import { findMutant } from '../mutants.ts'
import { UsageError } from '../usage-error.ts'
import type { Launch } from './exec.ts'
import { serverBundle } from './server-bundle.ts'

/**
 * A process of its own, so that its pid, memory and CPU are the server's alone.
 * @param mutant id of a fault that is put into the sources as they are bundled.
 * @throws UsageError where there is no such mutant, or no source to put it into.
 */
export async function embeddedServer(mutant?: string): Promise<Launch> {
  const fault = mutant === undefined ? undefined : await findMutant(mutant)
  const bundle = await serverBundle(fault)
  if (bundle === undefined && mutant !== undefined)
    throw new UsageError('--mutant puts a fault into the sources: run it in a checkout, not from the published package')
  return {
    argv: [process.execPath, ...(bundle === undefined ? [PROGRAM, 'serve'] : [bundle]), ...withoutFlag(fault?.without)],
    description: {
      kind: 'embedded',
      name: `Shakedown reference server ${VERSION}`,
      ...(mutant === undefined ? {} : { mutant }),
    },
    capabilities: { control: true, deflate: true },
  }
}

/** The flag of `serve` that leaves these features out; nothing where there are none. */
export function withoutFlag(features: readonly string[] = []): string[] {
  return features.length === 0 ? [] : ['--without', features.join(',')]
}
