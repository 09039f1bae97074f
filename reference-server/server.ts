/** HTTP and WebSocket plumbing around the protocol: upgrades, health, and the way to stop. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Limits } from '../schemas/generated/tables.ts'
import { createVerify } from './auth.ts'
import type { Config } from './config.ts'
import { Connection, type World } from './connection.ts'
import { type Handshake, hideCredentials, judgeUpgrade, PATH } from './handshake.ts'
import { InProcessBus } from './in-process-bus.ts'
import type { Log } from './log.ts'
import { Rooms } from './rooms.ts'
import { Socket } from './socket.ts'

/** A server that listens. */
export interface RunningServer {
  /** Of the WebSocket, such as `ws://127.0.0.1:4000/ws`. */
  readonly url: string
  readonly port: number
  /**
   * Stops in order: announces `draining`, closes with 4300 at the deadline, or earlier once nobody is left.
   * Resolves when the last socket is gone and the port is free; a second call waits for the first.
   * @param deadlineMs from now to the closes
   */
  stop(deadlineMs?: number): Promise<void>
}

/** With the time for the closes it stays below the 5 s after which the launch contract kills. */
const STOP_DEADLINE_MS = 3000
const DRAINING: Handshake = { upgrade: false, status: 503, reason: 'the server is about to stop' }
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

async function createWorld({ keys, issuer, audience, limits }: Config, log: Log): Promise<World> {
  const bus = new InProcessBus(limits)
  return {
    limits,
    verify: await createVerify(keys, { issuer, audience, leewayMs: limits.auth_leeway_ms }),
    bus,
    rooms: new Rooms(bus, limits.replay_max),
    meEpoch: randomBytes(12).toString('base64url'),
    log,
  }
}

class Node {
  private readonly config: Config
  private readonly world: World
  private readonly http: Server
  private readonly upgrader: WebSocketServer
  private readonly connections = new Set<Connection>()
  private stopping: Promise<void> | undefined
  private onEmpty = () => {}

  constructor(config: Config, world: World) {
    this.config = config
    this.world = world
    this.upgrader = createUpgrader(config.limits)
    this.http = createServer((request, response) => answer(request, response, this.stopping === undefined))
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
  }

  async listen(): Promise<RunningServer> {
    this.http.listen(this.config.port, '127.0.0.1')
    await once(this.http, 'listening')
    const { port } = this.http.address() as AddressInfo
    const url = `ws://127.0.0.1:${port}${PATH}`
    this.world.log({ event: 'listening', url })
    return { url, port, stop: (deadlineMs = STOP_DEADLINE_MS) => (this.stopping ??= this.stop(deadlineMs)) }
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const handshake = this.stopping ? DRAINING : judgeUpgrade(request, this.config.allowedOrigins)
    if (!handshake.upgrade) refuseUpgrade(socket, handshake.status, handshake.reason)
    else {
      hideCredentials(request)
      this.upgrader.handleUpgrade(request, socket, head, (ws) => this.connect(ws, handshake.credentials))
    }
  }

  private connect(ws: WebSocket, credentials: readonly string[]): void {
    const { world } = this
    const connection = new Connection(world, new Socket(ws, world.limits), credentials)
    this.connections.add(connection)
    ws.on('message', (data, isBinary) => {
      if (isBinary) connection.receiveBinary()
      else connection.receiveText(data.toString())
    })
    // The library closes by itself with 1002, 1007 or 1009.
    ws.on('error', ({ message }) => world.log({ event: 'wire_error', connection: connection.id, message }))
    ws.on('close', (code) => {
      connection.closed()
      this.connections.delete(connection)
      world.log({ event: 'closed', connection: connection.id, code })
      if (this.connections.size === 0) this.onEmpty()
    })
  }

  private async stop(deadlineMs: number): Promise<void> {
    this.world.log({ event: 'draining', connections: this.connections.size, deadline_ms: deadlineMs })
    for (const connection of this.connections) {
      connection.announceDraining({ reconnect_after: RECONNECT_AFTER, deadline_ms: deadlineMs })
    }
    const close = () => {
      for (const connection of this.connections) connection.fail('draining', 'the server stops')
    }
    const deadline = setTimeout(close, deadlineMs)
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve
      if (this.connections.size === 0) resolve()
    })
    clearTimeout(deadline)
    this.http.close()
    this.http.closeAllConnections()
    await once(this.http, 'close')
  }
}

function createUpgrader(limits: Limits): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.max_message_bytes,
  })
}

function answer(request: IncomingMessage, response: ServerResponse, ready: boolean): void {
  const status = statusOf(request, ready)
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${STATUS_CODES[status]}\n`)
}

function statusOf({ method, url }: IncomingMessage, ready: boolean): number {
  const path = url?.split('?')[0]
  if (path === PATH) return 426
  if (path !== '/healthz' && path !== '/readyz') return 404
  if (method !== 'GET' && method !== 'HEAD') return 405
  return path === '/readyz' && !ready ? 503 : 200
}

function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
