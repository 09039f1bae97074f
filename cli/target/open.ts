/** From the chosen target to a ready one. */
import type { LaunchOptions, Target } from '../../schemas/target.ts'
import { embeddedServer } from './embedded.ts'
import { launch, shellCommand } from './exec.ts'
import type { TargetChoice } from './options.ts'
import { found } from './url.ts'

/**
 * @param options for a server that is started here; one that is found is taken as it is.
 * @throws TargetError where it cannot be reached or does not get ready; the signal's reason where that aborts.
 */
export function openTarget(choice: TargetChoice, options: LaunchOptions, signal: AbortSignal): Promise<Target> {
  if (choice.kind === 'url') return found(choice, signal)
  const { origin } = choice
  const started = choice.kind === 'exec' ? shellCommand(choice.command) : embeddedServer(choice.mutant)
  return launch({ ...started, ...(origin === undefined ? {} : { origin }) }, options, signal)
}
