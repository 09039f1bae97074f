/** HTTP and WebSocket plumbing around the protocol: upgrades, the connections of this node, and the way to stop. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type * as Chat from '../schemas/generated/chat.ts'
import type { Limits } from '../schemas/generated/tables.ts'
import { type Claims, createVerify } from './auth.ts'
import { NO_BROKER } from './broker.ts'
import { CLOSING, ClosingWebSocket } from './closing-web-socket.ts'
import type { Config } from './config.ts'
import { Connection, partingOf } from './connection.ts'
import { type Handshake, hideCredentials, judgeUpgrade, PATH } from './handshake.ts'
import { type Asked, answer } from './http.ts'
import { InProcessBus } from './in-process-bus.ts'
import { InProcessPresence } from './in-process-presence.ts'
import { InProcessSessions } from './in-process-sessions.ts'
import { inTurns } from './in-turns.ts'
import type { Log } from './log.ts'
import { Metrics } from './metrics.ts'
import { InProcessRevocations } from './revocations.ts'
import { Rooms } from './rooms.ts'
import { CLOSE_TIMEOUT_MS, Socket } from './socket.ts'
import { callLater } from './timer.ts'
import { Turns } from './turns.ts'
import type { Shared, World } from './world.ts'

/** A server that listens. */
export interface RunningServer {
  /** Of the WebSocket, such as `ws://127.0.0.1:4000/ws`. */
  readonly url: string
  readonly port: number
  /**
   * Stops in order: announces `draining`, closes with 4300 by the deadline, or earlier once nobody is left.
   * Resolves when the last socket is gone and the port is free; a second call waits for the first.
   * @param deadlineMs from now to the closes
   */
  stop(deadlineMs?: number): Promise<void>
}

/** With the time for the closes it stays below the 5 s after which the launch contract kills. */
const STOP_DEADLINE_MS = 3000
const DRAIN_DEADLINE_MS = 5000
/** The closes begin so much before the deadline, that they arrive by it. */
const CLOSING_SHARE = 0.1
/** An option of `ws` that its types do not know: who does not answer a close is not waited for. */
const IMPATIENT = { closeTimeout: CLOSE_TIMEOUT_MS }
const DRAINING: Handshake = { upgrade: false, status: 503, reason: 'the server is about to stop' }
const PASSAGES_AT_A_TIME = 64
const RECONNECT_AFTER = { min_ms: 0, max_ms: 1000 }

/**
 * Listens on 127.0.0.1.
 * @param log is given one JSON object a line, without the line's end
 * @throws where the port is taken
 */
export async function startServer(config: Config, log: (line: string) => void): Promise<RunningServer> {
  const world = await createWorld(config, (event) => log(JSON.stringify(event)))
  return new Node(config, world).listen()
}

async function createWorld(config: Config, log: Log): Promise<World> {
  const { keys, issuer, audience, limits, features } = config
  const shared = await share(config, log)
  const isRevoked = (claims: Claims) => shared.revocations.covers(claims)
  return {
    ...shared,
    limits,
    features,
    verify: await createVerify(keys, { issuer, audience, leewayMs: limits.auth_leeway_ms, isRevoked }),
    rooms: new Rooms(shared.bus, limits.replay_max),
    passages: new Turns(PASSAGES_AT_A_TIME),
    metrics: new Metrics(),
    log,
  }
}

async function share({ limits, redisUrl }: Config, log: Log): Promise<Shared> {
  // Only who needs Redis waits for its library.
  if (redisUrl !== undefined) return (await import('./redis/shared.ts')).shareByRedis(redisUrl, limits, log)
  const bus = new InProcessBus(limits)
  return {
    bus,
    presence: new InProcessPresence(bus, limits.presence_grace_ms),
    sessions: new InProcessSessions(limits.resume_window_ms),
    revocations: new InProcessRevocations(),
    broker: NO_BROKER,
  }
}

class Node implements Asked {
  readonly world: World
  readonly controlToken: string | undefined
  private readonly config: Config
  private readonly http: Server
  private readonly upgrader: ReturnType<typeof createUpgrader>
  private readonly connections = new Map<Connection, Socket>()
  private draining = false
  private stopping: Promise<void> | undefined
  private onEmpty = () => {}

  constructor(config: Config, world: World) {
    this.config = config
    this.world = world
    this.controlToken = config.controlToken
    this.upgrader = createUpgrader(config.limits)
    this.http = createServer((request, response) => answer(this, request, response))
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
  }

  async listen(): Promise<RunningServer> {
    const { broker, revocations } = this.world
    await revocations.follow((whom) => this.revoke(whom))
    broker.onBack(() => void this.revokeMissed())
    this.http.listen(this.config.port, '127.0.0.1')
    await once(this.http, 'listening')
    const { port } = this.http.address() as AddressInfo
    const url = `ws://127.0.0.1:${port}${PATH}`
    this.world.log({ event: 'listening', url })
    return { url, port, stop: (deadlineMs = STOP_DEADLINE_MS) => (this.stopping ??= this.stop(deadlineMs)) }
  }

  isReady(): boolean {
    if (!this.world.broker.isUp()) return false
    return !this.draining
  }

  metrics(): string {
    const sockets = [...this.connections.values()]
    const queueBytes = sockets.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0)
    return this.world.metrics.render({ connections: sockets.length, queueBytes })
  }

  /** What was revoked while nothing was heard is asked for. */
  private async revokeMissed(): Promise<void> {
    const { log, revocations } = this.world
    try {
      await inTurns(this.connections.keys(), (connection) =>
        connection.revokeIf((claims) => revocations.covers(claims)),
      )
    } catch (error) {
      log({ event: 'failure', message: (error as Error).message })
    }
  }

  revoke(whom: Chat.RevokeBody): void {
    for (const connection of this.connections.keys()) connection.revoke(whom)
  }

  /** "With a `sub` it drains the connections of that user alone", and the node stays ready. */
  drain({ sub, deadline_ms = DRAIN_DEADLINE_MS, reconnect_after = RECONNECT_AFTER }: Chat.DrainBody): void {
    const drained = [...this.connections.keys()].filter((connection) => sub === undefined || connection.sub === sub)
    if (sub === undefined) this.draining = true
    this.world.log({ event: 'draining', connections: drained.length, deadline_ms })
    for (const connection of drained) connection.announceDraining({ reconnect_after, deadline_ms })
    callLater(deadline_ms * (1 - CLOSING_SHARE), () => {
      for (const connection of drained) connection.fail('draining', 'the server is about to stop')
    })
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const handshake = this.draining ? DRAINING : judgeUpgrade(request, this.config.allowedOrigins)
    if (!handshake.upgrade) refuseUpgrade(socket, handshake.status, handshake.reason)
    else {
      hideCredentials(request)
      this.upgrader.handleUpgrade(request, socket, head, (ws) => this.connect(ws, handshake.credentials))
    }
  }

  private connect(ws: ClosingWebSocket, credentials: readonly string[]): void {
    const { world } = this
    const socket = new Socket(ws, world.limits)
    const connection = new Connection(world, socket, credentials)
    this.connections.set(connection, socket)
    ws.on('message', (data, isBinary) => {
      if (isBinary) connection.receiveBinary()
      else connection.receiveText(data.toString())
    })
    // The library closes by itself with 1002, 1007 or 1009.
    ws.on('error', ({ message }) => world.log({ event: 'wire_error', connection: connection.id, message }))
    ws.on(CLOSING, (code: number) => connection.receiveClose(code))
    ws.on('close', (code) => {
      connection.closed(partingOf(code))
      this.connections.delete(connection)
      world.metrics.closed(code)
      world.log({ event: 'closed', connection: connection.id, code })
      if (this.connections.size === 0) this.onEmpty()
    })
  }

  private async stop(deadlineMs: number): Promise<void> {
    this.drain({ deadline_ms: deadlineMs })
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve
      if (this.connections.size === 0) resolve()
    })
    this.world.metrics.stop()
    this.world.broker.close()
    this.http.close()
    this.http.closeAllConnections()
    await once(this.http, 'close')
  }
}

/** "Should compress only from the threshold on", and keep no window between messages: its memory is each socket's. */
function createUpgrader(limits: Limits) {
  return new WebSocketServer({
    noServer: true,
    WebSocket: ClosingWebSocket,
    clientTracking: false,
    perMessageDeflate: {
      threshold: limits.compress_threshold_bytes,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      zlibDeflateOptions: { level: 3, memLevel: 5 },
    },
    maxPayload: limits.max_message_bytes,
    ...IMPATIENT,
  })
}

function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
