/** From the chosen target to a ready one. */
import type { LaunchOptions, Target } from '../../schemas/target.ts'
import { findMutant } from '../mutants.ts'
import { behindBalancer, requirePlaces } from './balancer.ts'
import { launchCluster } from './cluster.ts'
import { embeddedServer } from './embedded.ts'
import { launch, shellCommand } from './exec.ts'
import { isCluster, type TargetChoice } from './options.ts'
import { found } from './url.ts'

/**
 * The chosen target, found or started.
 * @param options for a server that is started here; one that is found is taken as it is.
 * @throws UsageError where there is no such mutant; TargetError where it cannot be reached or does not get ready; the signal's reason where that aborts.
 */
export async function openTarget(choice: TargetChoice, options: LaunchOptions, signal: AbortSignal): Promise<Target> {
  if (choice.kind === 'url') return found(choice, signal)
  if (choice.kind === 'embedded' && choice.mutant !== undefined) await findMutant(choice.mutant)
  const { name, capabilities, origin, cluster } = choice
  const nodes = cluster?.nodes ?? 1
  if (cluster?.balancer) requirePlaces(nodes)
  const server = choice.kind === 'exec' ? shellCommand(choice.command) : await embeddedServer(choice.mutant)
  const described = { ...server.description, ...(name === undefined ? {} : { name }) }
  const declared = {
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(origin === undefined ? {} : { origin }),
  }
  const launched = { ...server, description: described, ...declared }
  if (!isCluster(cluster)) return launch(launched, options, signal)
  const started = await launchCluster(launched, { ...cluster, nodes }, options, signal)
  return cluster.balancer ? behindBalancer(started, signal) : started
}
