/** The nodes of a target, as worlds of one case: its users and rooms are the same on each. */
import { type LaunchOptions, type Target, TargetError } from '../../schemas/target.ts'
import type { World } from '../actors/world.ts'
import { Finding, Skip } from '../runner/case.ts'

/**
 * So many users come by one address: where a balancer deals them to three nodes, one in 243 times all are on one, and the
 * case has seen less than it might. It never judges more than it has seen.
 */
const SPREAD = 6

/**
 * Places for several users, on all nodes in turn; where there is one address for all, it is for its balancer to spread
 * them.
 * @throws Skip where nothing says that there are several nodes.
 */
export function placesOf(world: World): readonly World[] {
  const { target } = world.stage
  const { urls, nodes, capabilities } = target
  requireCluster(target)
  const isSeveral = nodes === undefined ? capabilities?.cluster === true : nodes.length > 1
  if (urls.length === 1 && !isSeveral)
    throw new Skip(
      'the target is one address, and nothing says that there are several nodes behind it: give one --url for each, ' +
        'or declare the capability cluster in a target file where it is a balancer',
    )
  const places = urls.map((url) => world.upon({ ...target, urls: [url] }))
  return Array.from({ length: Math.max(SPREAD, urls.length) }, (_, n) => places[n % places.length] ?? world)
}

/**
 * Three places, of which no two that follow each other are one node: where there are only two, the third is the first.
 * @throws Skip where a case cannot choose on which node it is.
 */
export function nodesOf(world: World): readonly [a: World, b: World, c: World] {
  const { target } = world.stage
  requireCluster(target)
  const known: readonly Target[] =
    target.urls.length > 1 ? target.urls.map((url) => ({ ...target, urls: [url] })) : (target.nodes ?? [])
  const [a, b, c = a] = known.map((node) => world.upon(node))
  if (a === undefined || b === undefined || c === undefined)
    throw new Skip('has to choose to which node it connects, and the target is one address: give one --url for each')
  return [a, b, c]
}

/** A node that may be ended. */
export interface OwnNode {
  readonly there: World
  /** Ends it as a power failure does. */
  kill(): Promise<void>
}

/**
 * One more node of the cluster for this case alone, gone at its end.
 * @throws Skip where the target was found running; Finding where the node does not get ready.
 */
export async function ownNode(world: World, options: Partial<LaunchOptions> = {}): Promise<OwnNode> {
  const { join } = world.stage.target
  requireCluster(world.stage.target)
  if (join === undefined) throw new Skip('needs a node of its own to end, and the target was found running')
  try {
    const node = await join(options)
    const kill = async () => node.kill?.()
    world.stage.cleanup(kill)
    return { there: world.upon(node), kill }
  } catch (error) {
    if (error instanceof TargetError) throw new Finding('one more node that gets ready', error.message)
    throw error
  }
}

/** Nodes that share nothing are several servers: who says that they are no cluster is not held to its rules. */
function requireCluster({ capabilities }: Target): void {
  if (capabilities?.cluster === false) throw new Skip('the target declares that several of its nodes are no cluster')
}
