/** Several nodes of one server as one target: each by the launch contract, on one broker. */
import type { LaunchOptions, Target } from '../../schemas/target.ts'
import { type Launch, launch, randomSecret } from './exec.ts'
import { startRedisProcess } from './redis-process.ts'

export interface ClusterShape {
  readonly nodes: number
  /** The broker; one of the cluster's own unless given. */
  readonly redis?: string
}

/**
 * The nodes, all of them ready, with keys and a control token in common.
 * @throws TargetError where redis-server is needed and not installed, or where one process does not get ready; the
 * signal's reason, where that aborts. Nothing is left running then.
 */
export async function launchCluster(
  launched: Launch,
  { nodes: count, redis }: ClusterShape,
  options: LaunchOptions,
  signal: AbortSignal,
): Promise<Target> {
  const broker = redis === undefined ? await startRedisProcess(signal) : undefined
  const members = new Members()
  const shared = { CHAT_REDIS_URL: redis ?? broker?.url, ...secretsFor(launched) }
  const join = async (more: Partial<LaunchOptions> = {}) =>
    members.add(
      await launch(launched, { ...options, ...more, env: { ...shared, ...options.env, ...more.env } }, signal),
    )
  const stop = async () => {
    await members.stop()
    await broker?.kill()
  }
  const nodes = await all(Array.from({ length: count }, () => join())).catch(async (error) => {
    await stop()
    throw error
  })
  const [first] = nodes as [Target]
  const { pid: _, kill: __, ...common } = first
  const urls = nodes.flatMap((node) => node.urls)
  return {
    ...common,
    ...{ urls, nodes, join, stop, output: members.output, ended: members.ended },
    description: { ...first.description, urls },
    launch: (more) =>
      launch(launched, { ...more, env: { CHAT_REDIS_URL: shared.CHAT_REDIS_URL, ...more.env } }, signal),
    ...(broker && { broker, launchCluster: (n, more) => launchCluster(launched, { nodes: n }, more, signal) }),
  }
}

/** A control token only for a server that declares control paths, as a node alone gets it. */
function secretsFor({ capabilities }: Launch) {
  const token = capabilities?.control === true ? { CHAT_CONTROL_TOKEN: randomSecret() } : {}
  return { CHAT_JWT_SECRET: randomSecret(), ...token }
}

/** Every node that was ever started for a cluster. */
class Members {
  readonly #all: Target[] = []
  readonly #gone: Target[] = []
  #tellEnd: (how: string) => void = () => {}

  /** Resolves when one has ended by itself. */
  readonly ended = new Promise<string>((resolve) => {
    this.#tellEnd = resolve
  })

  /** The node, such that an end that was asked for is known from one of its own. */
  add(node: Target): Target {
    let isAsked = false
    const asked = (end: (() => Promise<void>) | undefined) => async () => {
      isAsked = true
      await end?.()
    }
    const member = { ...node, stop: asked(node.stop), kill: asked(node.kill) }
    this.#all.push(member)
    void node.ended?.then((how) => {
      this.#gone.push(member)
      if (!isAsked) this.#tellEnd(`${how}, of the node at ${node.urls[0]}`)
    })
    return member
  }

  /** What those said who are gone stands last: there an error is looked for. */
  readonly output = () => {
    const alive = this.#all.filter((member) => !this.#gone.includes(member))
    return [...alive, ...this.#gone].map((member) => member.output()).join('')
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((member) => member.stop()))
  }
}

/** All of them, or the first reason why not, but only once each of them is settled. */
async function all<T>(starting: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(starting)
  return Promise.all(starting)
}
