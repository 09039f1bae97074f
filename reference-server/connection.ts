/** The protocol of one connection, in the order of the specification. It knows no WebSocket library. */
import { randomBytes, randomUUID } from 'node:crypto'
import type * as Chat from '../schemas/generated/chat.ts'
import { CLOSE_CODES, type CloseName, ERROR_CODES, type ErrorCode, type Limits } from '../schemas/generated/tables.ts'
import type { Claims, Verify } from './auth.ts'
import type { Bus } from './bus.ts'
import { Credential } from './credential.ts'
import { type Envelope, parseFrame } from './framing.ts'
import { mayRead, mayWrite } from './grants.ts'
import { Heartbeat } from './heartbeat.ts'
import { type Flow, Inbox } from './inbox.ts'
import type { Log } from './log.ts'
import { asClientMessage, encode, expectsAnswer, isClientType, replyTo, timestamp } from './messages.ts'
import type { Membership, Recovery, Rooms, Subscriber } from './rooms.ts'
import { TokenBucket } from './token-bucket.ts'
import { draftOf, encodeEntry, userOf } from './user-message.ts'

/** What all connections of a server share. */
export interface World {
  readonly limits: Limits
  readonly verify: Verify
  readonly bus: Bus
  readonly rooms: Rooms
  /** Of every user's own stream, `@me`. */
  readonly meEpoch: string
  readonly log: Log
}

/** The wire, as the protocol sees it. */
export interface Transport extends Flow {
  /** An answer to the peer's own command, or a replayed frame: it does not count as waiting. */
  send(frame: string): void
  /** An event or a ping; false where the peer does not keep up, and then it was not sent. */
  deliver(frame: string | Buffer): boolean
  /** @param reason at most 123 bytes */
  close(code: number, reason: string): void
}

const METADATA_BYTES = 2048
const LIVE: Recovery = { recovered: false, replay: [] }

export class Connection implements Subscriber {
  readonly id = randomUUID()
  private readonly world: World
  private readonly transport: Transport
  private readonly inbox: Inbox
  private readonly memberships = new Map<string, Membership>()
  private readonly authTimeout: NodeJS.Timeout
  private state: 'await_hello' | 'ready' | 'closed' = 'await_hello'
  private readonly credential: Credential
  private bucket: TokenBucket | undefined
  private heartbeat: Heartbeat | undefined
  /** invalid_payload and unknown_type without an `ok` between them. */
  private errors = 0

  /** @param credentials those of the handshake, judged before any frame is looked at */
  constructor(world: World, transport: Transport, credentials: readonly string[]) {
    this.world = world
    this.transport = transport
    this.inbox = new Inbox(transport)
    this.credential = new Credential(world.limits, {
      warn: (payload) => this.deliver(encode('auth_expiring', payload)),
      expire: () => this.fail('token_expired', 'the token has expired'),
    })
    this.authTimeout = setTimeout(
      () => this.fail('auth_timeout', 'no hello came in time'),
      world.limits.auth_timeout_ms,
    )
    this.enqueue(() => this.judgeHandshake(credentials))
  }

  // What the wire tells.

  receiveText(text: string): void {
    this.heartbeat?.heard()
    this.enqueue(() => this.handle(text))
  }

  receiveBinary(): void {
    this.enqueue(() => this.end(1003, 'chat.v1 has only text frames'))
  }

  /** The connection is gone, or about to go; nothing is sent from here on. */
  closed(): void {
    this.state = 'closed'
    clearTimeout(this.authTimeout)
    this.heartbeat?.stop()
    this.credential.drop()
    for (const room of this.memberships.keys()) this.leave(room)
  }

  // What the rooms and the server tell.

  deliver(frame: string | Buffer): void {
    if (this.state !== 'ready') return
    if (!this.transport.deliver(frame)) this.fail('slow_consumer', 'too much waits to be sent')
  }

  /** Announces a close with 4300; the server makes it with `fail` by the deadline. */
  announceDraining(payload: Chat.Draining['payload']): void {
    this.deliver(encode('draining', payload))
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
    clearTimeout(this.authTimeout)
    const { token } = hello.payload
    if (token !== undefined && this.credential.claims)
      return this.fail('unauthorized', 'more than one credential', hello)
    if (token !== undefined) await this.authenticate(token, hello)
    if (this.state === 'closed') return
    const { claims } = this.credential
    if (claims === undefined) return this.fail('unauthorized', 'no credential', hello)
    this.welcome(hello, claims)
  }

  private welcome(hello: Chat.Hello, claims: Claims): void {
    const { limits, meEpoch } = this.world
    this.state = 'ready'
    this.bucket = new TokenBucket(limits, performance.now())
    const welcome: Chat.Welcome['payload'] = {
      connection_id: this.id,
      user: userOf(claims),
      session: {
        id: randomBytes(18).toString('base64url'),
        resumed: false,
        ...(hello.payload.session && { reason: 'not_found' }),
      },
      auth: this.credential.describe(claims),
      server_time: timestamp(Date.now()),
      limits,
      rooms: [{ room: '@me', epoch: meEpoch, head_seq: 0, recovered: false, replay_count: 0 }],
      features: [],
    }
    this.transport.send(encode('welcome', welcome, hello.id))
    this.heartbeat = new Heartbeat(limits, {
      ping: () => this.deliver(encode('ping', {})),
      dead: () => this.fail('heartbeat_timeout', 'nothing was heard for interval and grace'),
    })
    this.credential.warnInTime(claims)
    this.world.log({ event: 'welcome', connection: this.id, sub: claims.sub })
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
    return this.perform(message, claims)
  }

  private perform(message: Chat.ClientMessage, claims: Claims): void | Promise<void> {
    switch (message.type) {
      case 'hello':
        return this.fail('duplicate_hello', 'hello was said already', message)
      case 'auth_refresh':
        return this.refresh(message, claims)
      case 'ping':
        return this.pong(message)
      case 'pong':
        return
      case 'subscribe':
        return this.subscribe(message, claims)
      case 'unsubscribe':
        return this.unsubscribe(message)
      case 'send_message':
        return this.sendMessage(message, claims)
      case 'typing':
      case 'signal':
      case 'mark_read':
      case 'presence_set':
      case 'presence_get':
      case 'history':
        return this.refuse(message, 'unsupported', 'welcome.features does not list it')
      default:
        return message satisfies never
    }
  }

  private async refresh(message: Chat.AuthRefresh, held: Claims): Promise<void> {
    const { token } = message.payload
    const verdict = await this.world.verify(token, Date.now())
    if (this.state === 'closed') return
    if (!verdict.valid && verdict.close === 'token_expired') return this.fail('token_expired', verdict.fault, message)
    if (!verdict.valid) return this.refuse(message, 'unauthorized', verdict.fault)
    const { claims } = verdict
    if (claims.sub !== held.sub) return this.fail('unauthorized', 'the new token is of another sub', message)
    this.credential.hold(token, claims)
    for (const room of this.memberships.keys()) {
      if (mayRead(claims.grants, room)) continue
      this.leave(room)
      this.transport.send(encode('unsubscribed', { room, code: 'forbidden' }))
    }
    this.ok<'auth_refresh'>(message.id, this.credential.describe(claims))
    this.credential.warnInTime(claims)
  }

  private pong({ id, payload: { nonce } }: Chat.Ping): void {
    this.transport.send(encode('pong', nonce === undefined ? {} : { nonce }, id))
  }

  private async subscribe(message: Chat.Subscribe, { grants }: Claims): Promise<void> {
    const { room, position } = message.payload
    const { rooms, limits } = this.world
    if (!mayRead(grants, room)) return this.refuse(message, 'forbidden', 'no grant to read this room')
    const earlier = this.memberships.get(room)
    if (earlier === undefined && this.memberships.size >= limits.max_rooms) {
      return this.refuse(message, 'limit_exceeded', `at most ${limits.max_rooms} rooms`)
    }
    const member = await rooms.join(room, this, earlier)
    this.memberships.set(room, member)
    const { replay, ...recovery } = position ? await rooms.recover(room, member, position) : LIVE
    if (this.state === 'closed') return this.leave(room)
    const { epoch, head: head_seq } = member
    this.ok<'subscribe'>(message.id, { room, epoch, head_seq, ...recovery, replay_count: replay.length })
    for (const entry of replay) this.transport.send(encodeEntry(entry, true))
    member.release()
  }

  private unsubscribe(message: Chat.Unsubscribe): void {
    const { room } = message.payload
    if (room === '@me') this.refuse(message, 'forbidden', 'nobody leaves @me')
    else {
      this.leave(room)
      this.ok<'unsubscribe'>(message.id, { room })
    }
  }

  private async sendMessage(message: Chat.SendMessage, claims: Claims): Promise<void> {
    const { room, metadata } = message.payload
    if (!mayWrite(claims.grants, room)) return this.refuse(message, 'forbidden', 'no grant to write to this room')
    if (metadata && Buffer.byteLength(JSON.stringify(metadata)) > METADATA_BYTES) {
      return this.refuse(message, 'payload_too_large', `metadata is over ${METADATA_BYTES} bytes`)
    }
    const receipt = await this.world.bus.publish(room, draftOf(message, claims))
    if (receipt.outcome === 'conflict') return this.refuse(message, 'conflict', 'this client_msg_id has other content')
    const { epoch, seq, message_id, ts } = receipt.entry
    const duplicate = receipt.outcome === 'duplicate'
    this.ok<'send_message'>(message.id, { room, epoch, seq, message_id, ts, ...(duplicate && { duplicate }) })
  }

  // What the commands share.

  private ok<Command extends keyof Chat.OkPayloads>(id: string, payload: Chat.OkPayloads[Command]): void {
    if (this.state === 'closed') return
    this.errors = 0
    this.transport.send(encode('ok', payload, id))
  }

  /** An `error` that leaves the connection open, unless it is one too many: "the last is answered, then 4005". */
  private refuse(to: Envelope, code: ErrorCode, message: string): void {
    if (this.state === 'closed') return
    const { retryable } = ERROR_CODES[code]
    if (expectsAnswer(to)) this.transport.send(encode('error', { code, message, retryable }, replyTo(to)))
    if (code !== 'invalid_payload' && code !== 'unknown_type') return
    this.errors += 1
    if (this.errors > this.world.limits.max_errors) this.fail('too_many_errors', 'too many errors in a row')
  }

  /** "A message without an `id` for which the bucket has no token is dropped in silence." */
  private slowDown(to: Envelope, retry_after_ms: number): void {
    if (to.id === undefined) return
    const error = { code: 'rate_limited', message: 'too many messages', retryable: true, retry_after_ms } as const
    this.transport.send(encode('error', error, replyTo(to)))
  }

  private leave(room: string): void {
    const member = this.memberships.get(room)
    if (member === undefined) return
    this.memberships.delete(room)
    this.world.rooms.leave(room, member)
  }

  private enqueue(job: () => void | Promise<void>): void {
    this.inbox.push(async () => {
      if (this.state === 'closed') return
      try {
        await job()
      } catch (error) {
        this.world.log({ event: 'failure', connection: this.id, message: (error as Error).message })
        this.fail('internal', 'the server failed')
      }
    })
  }

  private end(code: number, reason: string): void {
    this.closed()
    this.transport.close(code, reason)
    this.world.log({ event: 'close', connection: this.id, code, reason })
  }
}
