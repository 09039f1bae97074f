/** The protocol of one connection, in the order of the specification. It knows no WebSocket library. */
import { randomUUID } from 'node:crypto'
import type * as Chat from '../schemas/generated/chat.ts'
import { CLOSE_CODES, type CloseName, ERROR_CODES, type ErrorCode } from '../schemas/generated/tables.ts'
import type { Claims } from './auth.ts'
import { Credential } from './credential.ts'
import { signal, typing } from './ephemeral.ts'
import { isServed } from './features.ts'
import { type Envelope, parseFrame } from './framing.ts'
import { Heartbeat } from './heartbeat.ts'
import { history } from './history.ts'
import { Inbox } from './inbox.ts'
import { markRead } from './mark-read.ts'
import { asClientMessage, encode, expectsAnswer, isClientType, replyTo, timestamp } from './messages.ts'
import type { Peer } from './peer.ts'
import type { Parting } from './presence.ts'
import { presenceGet, presenceSet } from './presence-commands.ts'
import { refresh } from './refresh.ts'
import { type Resumed, resumeSession, welcomeRooms } from './resume-session.ts'
import { isAimedAt } from './revocations.ts'
import type { Subscriber } from './rooms.ts'
import { sendMessage } from './send-message.ts'
import type { SessionLease } from './session-lease.ts'
import type { Holder } from './sessions.ts'
import { userOf } from './stored-message.ts'
import { subscribe, unsubscribe } from './subscribe.ts'
import { type Opened, Subscriptions } from './subscriptions.ts'
import { callWhenUp } from './timer.ts'
import { TokenBucket } from './token-bucket.ts'
import type { Transport } from './transport.ts'
import { Unavailable } from './unavailable.ts'
import type { World } from './world.ts'

/** "Who leaves on purpose", with 1000, "leaves at once"; any other end may be an accident. */
export function partingOf(code: number): Parting {
  return code === 1000 ? 'left' : 'lost'
}

export class Connection implements Peer, Subscriber, Holder {
  readonly id = randomUUID()
  readonly world: World
  readonly subscriptions: Subscriptions
  readonly credential: Credential
  private readonly transport: Transport
  private readonly inbox: Inbox
  private readonly stopAuthTimeout: () => void
  private state: 'await_hello' | 'ready' | 'closed' = 'await_hello'
  private lease: SessionLease | undefined
  private bucket: TokenBucket | undefined
  private heartbeat: Heartbeat | undefined
  /** invalid_payload and unknown_type without an `ok` between them. */
  private errors = 0

  /** @param credentials those of the handshake, judged before any frame is looked at */
  constructor(world: World, transport: Transport, credentials: readonly string[]) {
    this.world = world
    this.transport = transport
    this.subscriptions = new Subscriptions(world, this)
    this.inbox = new Inbox(transport)
    this.credential = new Credential(world.limits, {
      warn: (payload) => this.deliver(encode('auth_expiring', payload)),
      expire: () => this.fail('token_expired', 'the token has expired'),
    })
    this.stopAuthTimeout = callWhenUp(world.limits.auth_timeout_ms, () =>
      this.fail('auth_timeout', 'no hello came in time'),
    )
    this.enqueue(() => this.judgeHandshake(credentials))
  }

  /** Undefined until a token was verified. */
  get sub(): string | undefined {
    return this.credential.claims?.sub
  }

  // What the wire tells.

  receiveText(text: string): void {
    // It has come in time, whatever it is, and however long the token before it takes to verify.
    this.stopAuthTimeout()
    this.heartbeat?.heard()
    this.enqueue(() => this.handle(text))
  }

  receiveBinary(): void {
    this.enqueue(() => this.end(1003, 'chat.v1 has only text frames'))
  }

  /** The client says that it closes; what it sent before is done first. */
  receiveClose(code: number): void {
    this.enqueue(() => this.closed(partingOf(code)))
  }

  /**
   * The connection is gone, or about to go; nothing is sent from here on.
   * @param how `left` where the client closed with 1000, which ends the session
   */
  closed(how: Parting = 'lost', endsSession = how === 'left'): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.stopAuthTimeout()
    this.heartbeat?.stop()
    this.credential.drop()
    this.world.passages.take(() => this.depart(how, endsSession)).catch((error) => this.logFailure(error))
  }

  // What the rooms, the sessions and the server tell.

  deliver(frame: string | Buffer): void {
    if (this.state !== 'ready') return
    if (!this.transport.deliver(frame)) this.fail('slow_consumer', 'too much waits to be sent')
    else this.world.metrics.deliveries += 1
  }

  offer(frame: Buffer): void {
    if (this.state === 'ready') this.transport.offer(frame)
  }

  isBehind(): boolean {
    return this.state === 'ready' && this.transport.isBehind()
  }

  caughtUp(): Promise<void> {
    return this.transport.caughtUp()
  }

  resync(): void {
    this.fail('resync_required', 'the numbering of a room has ended')
  }

  replaced(): void {
    this.fail('session_replaced', 'another connection took the session over')
  }

  revoke(whom: Chat.RevokeBody): void {
    const { claims } = this.credential
    if (claims && isAimedAt(whom, claims)) this.fail('revoked', 'the token or its user was revoked')
  }

  async revokeIf(isRevoked: (claims: Claims) => Promise<boolean>): Promise<void> {
    const { claims } = this.credential
    if (claims && (await isRevoked(claims))) this.fail('revoked', 'the token or its user was revoked')
  }

  /** Announces a close with 4300; the server makes it with `fail` by the deadline. Who is not greeted yet is told at once. */
  announceDraining(payload: Chat.Draining['payload']): void {
    if (this.state === 'ready') this.deliver(encode('draining', payload))
    else this.fail('draining', 'the server is about to stop')
  }

  /** An `error {fatal: true}`, save to a peer that cannot read it, and the close; the reason is the registry name. */
  fail(name: CloseName, message: string, to?: Envelope): void {
    if (this.state === 'closed') return
    const { code } = CLOSE_CODES[name]
    const error = { code: name, message, retryable: code >= 4200, fatal: true }
    if (name !== 'slow_consumer') this.transport.send(encode('error', error, to && replyTo(to)))
    this.end(code, name)
  }

  // HANDSHAKE and AWAIT_HELLO: "before `welcome` every error is fatal".

  private async judgeHandshake([token, second]: readonly string[]): Promise<void> {
    if (token === undefined) return
    if (second !== undefined) return this.fail('unauthorized', 'more than one credential')
    await this.authenticate(token)
  }

  private async authenticate(token: string, hello?: Chat.Hello): Promise<void> {
    const verdict = await this.world.verify(token, Date.now())
    if (this.state === 'closed') return
    if (!verdict.valid) return this.fail(verdict.close, verdict.fault, hello)
    this.credential.hold(token, verdict.claims)
  }

  private async greet(envelope: Envelope): Promise<void> {
    if (envelope.type !== 'hello') return this.fail('unauthorized', 'the first frame must be hello', envelope)
    const hello = asClientMessage('hello', envelope) as Chat.Hello | undefined
    if (hello === undefined) return this.fail('protocol_error', 'hello breaks its schema', envelope)
    const { token } = hello.payload
    if (token !== undefined && this.credential.claims)
      return this.fail('unauthorized', 'more than one credential', hello)
    if (token !== undefined) await this.authenticate(token, hello)
    if (this.state === 'closed') return
    const { claims } = this.credential
    if (claims === undefined) return this.fail('unauthorized', 'no credential', hello)
    await this.welcome(hello, claims)
  }

  private async welcome(hello: Chat.Hello, claims: Claims): Promise<void> {
    const { limits, passages } = this.world
    const resumed = await passages.take(() => this.resume(hello, claims))
    if (resumed === undefined || this.isClosed()) return
    this.state = 'ready'
    this.bucket = new TokenBucket(limits, performance.now())
    const welcome: Chat.Welcome['payload'] = {
      connection_id: this.id,
      user: userOf(claims),
      session: resumed.session,
      auth: this.credential.describe(claims),
      server_time: timestamp(Date.now()),
      limits,
      rooms: welcomeRooms(resumed),
      features: [...this.world.features],
    }
    this.transport.send(encode('welcome', welcome, hello.id))
    this.heartbeat = new Heartbeat(limits, {
      ping: () => this.deliver(encode('ping', {})),
      dead: () => this.fail('heartbeat_timeout', 'nothing was heard for interval and grace'),
      isDeaf: () => this.inbox.isPaused,
    })
    this.credential.warnInTime(claims)
    this.world.log({ event: 'welcome', connection: this.id, sub: claims.sub })
    for (const opened of resumed.opened) await this.begin(opened)
  }

  /** Undefined where the connection has ended meanwhile. */
  private async resume(hello: Chat.Hello, claims: Claims): Promise<Resumed | undefined> {
    if (this.isClosed()) return undefined
    const resumed = await resumeSession(this, hello, claims)
    if (this.isClosed()) {
      // Who is gone already takes no room out of the session: it waits as it was found.
      await resumed.lease.giveUp(false)
      return undefined
    }
    this.lease = resumed.lease
    await this.lease.save()
    return resumed
  }

  // READY: "checked in this order, the first failure answers: parse, rate, type, schema, …"

  private handle(text: string): void | Promise<void> {
    const parsed = parseFrame(text, this.world.limits.max_json_depth)
    if (!parsed.ok) return this.fail('protocol_error', parsed.fault)
    const { envelope } = parsed
    const { claims } = this.credential
    if (this.bucket === undefined || claims === undefined) return this.greet(envelope)
    const rate = this.bucket.take(performance.now())
    if (rate.verdict === 'close') return this.fail('rate_limited', 'the rate limit was ignored', envelope)
    if (rate.verdict === 'reject') return this.slowDown(envelope, rate.retryAfterMs)
    if (!isClientType(envelope.type)) return this.refuse(envelope, 'unknown_type', 'clients send no such type')
    const message = asClientMessage(envelope.type, envelope)
    if (message === undefined) return this.refuse(envelope, 'invalid_payload', 'the message breaks its schema')
    if (!isServed(message.type, this.world.features)) return this.refuse(message, 'unsupported', 'not served here')
    return this.perform(message, claims)
  }

  /** "Without its broker a node answers with `unavailable`": the command may have been done all the same. */
  private async perform(message: Chat.ClientMessage, claims: Claims): Promise<void> {
    try {
      await this.carryOut(message, claims)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      this.excuse(message, error.retryAfterMs)
    }
  }

  private carryOut(message: Chat.ClientMessage, claims: Claims): void | Promise<void> {
    switch (message.type) {
      case 'hello':
        return this.fail('duplicate_hello', 'hello was said already', message)
      case 'auth_refresh':
        return refresh(this, message, claims)
      case 'ping':
        return this.pong(message)
      case 'pong':
        return
      case 'subscribe':
        return this.subscribe(message, claims)
      case 'unsubscribe':
        return unsubscribe(this, message, claims)
      case 'send_message':
        return sendMessage(this, message, claims)
      case 'history':
        return history(this, message, claims)
      case 'presence_set':
        return presenceSet(this, message, claims)
      case 'presence_get':
        return presenceGet(this, message, claims)
      case 'typing':
        return typing(this, message, claims)
      case 'signal':
        return signal(this, message, claims)
      case 'mark_read':
        return markRead(this, message, claims)
      default:
        return message satisfies never
    }
  }

  private pong({ id, payload: { nonce } }: Chat.Ping): void {
    this.transport.send(encode('pong', nonce === undefined ? {} : { nonce }, id))
  }

  private async subscribe(message: Chat.Subscribe, claims: Claims): Promise<void> {
    const opened = await subscribe(this, message, claims)
    if (opened) await this.begin(opened)
  }

  // What the commands share.

  ok<Command extends keyof Chat.OkPayloads>(id: string | undefined, payload: Chat.OkPayloads[Command]): void {
    if (this.state === 'closed' || id === undefined) return
    this.errors = 0
    this.transport.send(encode('ok', payload, id))
  }

  send(frame: string): void {
    this.transport.send(frame)
  }

  /** "The last is answered, then 4005." */
  refuse(to: Envelope, code: ErrorCode, message: string): void {
    if (this.state === 'closed') return
    const { retryable } = ERROR_CODES[code]
    if (expectsAnswer(to)) this.transport.send(encode('error', { code, message, retryable }, replyTo(to)))
    if (code !== 'invalid_payload' && code !== 'unknown_type') return
    this.errors += 1
    if (this.errors > this.world.limits.max_errors) this.fail('too_many_errors', 'too many errors in a row')
  }

  async remember(): Promise<void> {
    if (this.state !== 'closed') await this.lease?.save()
  }

  /** "A message without an `id` for which the bucket has no token is dropped in silence." */
  private slowDown(to: Envelope, retry_after_ms: number): void {
    if (to.id === undefined) return
    const error = { code: 'rate_limited', message: 'too many messages', retryable: true, retry_after_ms } as const
    this.transport.send(encode('error', error, replyTo(to)))
  }

  private excuse(to: Envelope, retry_after_ms: number): void {
    if (this.state === 'closed' || !expectsAnswer(to)) return
    const error = { code: 'unavailable', message: 'the broker is away', retryable: true, retry_after_ms } as const
    this.transport.send(encode('error', error, replyTo(to)))
  }

  /** Replays, one frame after the other as the peer reads them, and goes live. */
  private async begin(opened: Opened): Promise<void> {
    await opened.begin((frame) => {
      if (this.state === 'closed') return
      this.transport.send(frame)
      return this.transport.drained()
    })
  }

  private async depart(how: Parting, endsSession: boolean): Promise<void> {
    const { sub } = this
    if (sub === undefined) return
    // In one instant: what others do next finds this connection gone, its session as it is now, or ended.
    const settled = endsSession ? this.lease?.giveUp(true) : this.lease?.save()
    await this.subscriptions.leaveAll(sub, how)
    await settled
    if (!endsSession) await this.lease?.giveUp(false)
  }

  private enqueue(job: () => void | Promise<void>): void {
    this.inbox.push(async () => {
      if (this.state === 'closed') return
      try {
        await job()
      } catch (error) {
        this.logFailure(error)
        if (error instanceof Unavailable) this.fail('overloaded', 'nobody new is served while the broker is away')
        else this.fail('internal', 'the server failed')
      }
    })
  }

  private logFailure(error: unknown): void {
    this.world.log({ event: 'failure', connection: this.id, message: (error as Error).message })
  }

  isClosed(): boolean {
    return this.state === 'closed'
  }

  private end(code: number, reason: string): void {
    this.closed('lost', code === CLOSE_CODES.revoked.code)
    this.transport.close(code, reason)
    this.world.log({ event: 'close', connection: this.id, code, reason })
  }
}
