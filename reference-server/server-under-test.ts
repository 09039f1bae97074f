/** A server in the test's own process, and clients that keep what they hear. */
import { once } from 'node:events'
import { SignJWT } from 'jose'
import { WebSocket } from 'ws'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './server.ts'

/** The part of a test that knows its end. */
interface Test {
  teardown(action: () => unknown): void
}

const SECRET = 's'.repeat(32)
/** Of every server under test, by the launch contract; its limits are those of the test. */
export const ENVIRONMENT = {
  CHAT_JWT_SECRET: SECRET,
  CHAT_JWT_ISSUER: 'issuer',
  CHAT_JWT_AUDIENCE: 'chat',
  CHAT_ALLOWED_ORIGINS: 'https://good.example',
  CHAT_PROFILE: 'test',
}
export const HELLO = { type: 'hello', id: 'h', payload: { client: { name: 'test', version: '1' } } }

/** What a server logs, and can be waited for. */
export class Lines {
  readonly all: string[] = []
  private wake = () => {}

  add(line: string): void {
    this.all.push(line)
    this.wake()
  }

  /** Resolves when an event was logged so often. */
  async saw(event: string, times = 1): Promise<void> {
    const count = () => this.all.filter((line) => JSON.parse(line).event === event).length
    while (count() < times) await new Promise<void>((resolve) => (this.wake = resolve))
  }
}

export async function start(t: Test, limits: Record<string, number> = {}, redisUrl?: string) {
  const lines = new Lines()
  const server = await startServer(
    readConfig({
      ...ENVIRONMENT,
      CHAT_LIMITS: JSON.stringify(limits),
      CHAT_REDIS_URL: redisUrl,
    }),
    (line) => lines.add(line),
  )
  t.teardown(() => server.stop(0))
  return { server, lines }
}

export const mint = (claims: Record<string, unknown> = {}) =>
  new SignJWT({ sub: 'alice', rooms: ['*'], iss: 'issuer', aud: 'chat', exp: Date.now() / 1000 + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET))

export interface Frame {
  readonly type: string
  readonly reply_to?: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** A client that keeps what it hears. */
export class Client {
  readonly ws: WebSocket
  readonly closed: Promise<readonly [code: number, reason: string]>
  private readonly heard: Frame[] = []
  private wake = () => {}
  private gone = false
  private readonly hangUp = () => {
    this.gone = true
    this.wake()
  }

  constructor(
    { url }: Pick<RunningServer, 'url'>,
    protocols: string[] = ['chat.v1'],
    headers: Record<string, string> = {},
  ) {
    this.ws = new WebSocket(url, protocols, { headers, perMessageDeflate: false })
    this.ws.on('message', (data) => {
      this.heard.push(JSON.parse(data.toString()))
      this.wake()
    })
    this.closed = once(this.ws, 'close').then(([code, reason]) => [code, String(reason)] as const)
    this.closed.then(this.hangUp, this.hangUp)
  }

  async says(...messages: unknown[]) {
    if (this.ws.readyState === WebSocket.CONNECTING) await once(this.ws, 'open')
    for (const message of messages) this.ws.send(JSON.stringify(message))
  }

  /** Sends it, and takes its answer out of what comes: `ok` or `error`. */
  async answers(message: { readonly id: string }): Promise<Frame> {
    await this.says(message)
    for (;;) {
      const at = this.heard.findIndex(({ reply_to }) => reply_to === message.id)
      const [frame] = at < 0 ? [] : this.heard.splice(at, 1)
      if (frame) return frame
      if (this.gone) throw new Error(`the connection ended before the answer to ${message.id}`)
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }

  /** The next frame of a type; those before it are passed over. */
  async hears(type: string): Promise<Frame> {
    for (;;) {
      const frame = this.heard.shift()
      if (frame?.type === type) return frame
      if (frame === undefined && this.gone) throw new Error(`the connection ended before ${type}`)
      if (frame === undefined) await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }
}
