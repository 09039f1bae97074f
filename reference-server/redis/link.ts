/** The connections to a Redis, or to a Redis Cluster, which look the same from here on. */
import { createClient, createCluster, ErrorReply, type RedisClientOptions } from '@redis/client'

interface Evaluation {
  readonly keys: string[]
  readonly arguments: string[]
}

type Hear = (message: string) => void

export interface Link {
  evalSha(sha1: string, evaluation: Evaluation): Promise<unknown>
  eval(lua: string, evaluation: Evaluation): Promise<unknown>
  subscribe(channel: string, hear: Hear): Promise<void>
  unsubscribe(channel: string, hear: Hear): Promise<void>
  /** Resolves when all that is subscribed to is heard. */
  settled(): Promise<void>
  /** The connections are made anew. */
  reconnect(): void
  /** A connection broke, or could not be made. */
  onTrouble(action: (error: Error) => void): void
  /** Whether an error is the answer of a Redis that was reached. */
  isReply(error: unknown): boolean
  close(): void
}

/** A connection on which nothing comes back for so long is made anew: a ping is under way every second. */
const SILENCE_MS = 5000
const PING_EVERY_MS = 1000
const RECONNECT_WITHIN_MS = 250
/** A master that is gone is asked for among those who are left. */
const REDISCOVER_AFTER_MS = 500

const OPTIONS = {
  // What is asked while nobody is there fails at once, and is not done later behind everybody's back.
  disableOfflineQueue: true,
  pingInterval: PING_EVERY_MS,
} satisfies RedisClientOptions

const SOCKET = { connectTimeout: SILENCE_MS, socketTimeout: SILENCE_MS }

/** @throws Error where nobody answers there */
export async function openLink(url: string): Promise<Link> {
  const client = await connect(url)
  if (!(await client.info('cluster')).includes('cluster_enabled:1')) return singleLink(client)
  client.destroy()
  return clusterLink(url)
}

/** At launch an address at which nobody is means a mistake; later, that somebody will be back. */
async function connect(url: string) {
  let met = false
  const reconnectStrategy = (retries: number, cause: Error) => (met ? waitBefore(retries) : cause)
  const client = createClient({ url, ...OPTIONS, socket: { ...SOCKET, reconnectStrategy } })
  await client.on('error', () => {}).connect()
  met = true
  return client
}

const waitBefore = (retries: number) => Math.min(25 * 2 ** retries, RECONNECT_WITHIN_MS)

async function singleLink(client: Awaited<ReturnType<typeof connect>>): Promise<Link> {
  const subscriber = client.duplicate({ disableOfflineQueue: false })
  await subscriber.on('error', () => {}).connect()
  return {
    evalSha: (sha1, evaluation) => client.evalSha(sha1, evaluation),
    eval: (lua, evaluation) => client.eval(lua, evaluation),
    subscribe: (channel, hear) => subscriber.subscribe(channel, hear),
    unsubscribe: (channel, hear) => subscriber.unsubscribe(channel, hear),
    settled: async () => {
      // Answered after the subscriptions that a new connection begins with.
      await subscriber.ping()
    },
    reconnect: () => {
      for (const connection of [client, subscriber]) {
        // One that is not ready is being made anew already.
        if (!connection.isReady) continue
        connection.destroy()
        connection.connect().catch(() => {})
      }
    },
    onTrouble: (action) => {
      client.on('error', action)
      subscriber.on('error', action)
    },
    isReply: (error) => error instanceof ErrorReply,
    close: () => {
      client.destroy()
      subscriber.destroy()
    },
  }
}

async function clusterLink(url: string): Promise<Link> {
  const cluster = createCluster({
    rootNodes: [{ url }],
    defaults: { ...OPTIONS, socket: { ...SOCKET, reconnectStrategy: waitBefore } },
    topologyRefreshOnReconnectionAttemptStrategy: REDISCOVER_AFTER_MS,
  })
  await cluster.on('error', () => {}).connect()
  return {
    evalSha: (sha1, evaluation) => cluster.evalSha(sha1, evaluation),
    eval: (lua, evaluation) => cluster.eval(lua, evaluation),
    // What is published at one node of a cluster is heard at all.
    subscribe: (channel, hear) => cluster.subscribe<false>(channel, hear),
    // Its types want a listener of buffers too, which only a subscription to buffers gets.
    unsubscribe: (channel, hear) => cluster.unsubscribe(channel, hear as Parameters<typeof cluster.unsubscribe>[1]),
    settled: async () => {
      const { pubSubNode } = cluster
      await (await (pubSubNode?.connectPromise ?? pubSubNode?.client))?.ping()
    },
    // A replica of a cluster says who the master is, and the library follows.
    reconnect: () => {},
    onTrouble: (action) => cluster.on('error', action).on('node-error', action),
    isReply: (error) => error instanceof ErrorReply,
    close: () => cluster.destroy(),
  }
}
