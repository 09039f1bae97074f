/** A client by the book: it comes back after every end, keeps its positions, and sends again what was not answered. */
import { WebSocket } from 'ws'
import type * as Chat from '../schemas/generated/chat.ts'
import type { Ledger, Place } from './ledger-under-test.ts'
import type { Frame } from './server-under-test.ts'

export interface Membership {
  readonly at: number
  /** The URLs; the member begins on one, and comes back on the next. */
  readonly nodes: readonly string[]
  readonly rooms: readonly string[]
  readonly token: (sub: string) => Promise<string>
  readonly ledger: Ledger
}

type Restored = Partial<Chat.OkSubscribe>

const BETWEEN_MS = 25
/** A client waits up to a second; so short a time makes more of them come at once. */
const BACK_WITHIN_MS = 250
const PING_EVERY_MS = 250
const ANSWERED_WITHIN_MS = 5000

const later = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

export class Member {
  readonly sub: string
  /** The client_msg_id of each message that was delivered. */
  readonly heard = new Set<string>()
  private readonly it: Membership
  private readonly positions = new Map<string, Chat.Position>()
  /** By room, from where on nothing may be missing, in which epoch. */
  private readonly since = new Map<string, Chat.Position>()
  private readonly waiting = new Map<string, (answer: Frame | undefined) => void>()
  private readonly pinging: NodeJS.Timeout
  private session: string | undefined
  private ws: WebSocket | undefined
  private ready = false
  private node: number
  private ids = 0
  private running = true
  private publishing: Promise<void> | undefined
  private stopped = false
  private sends = 0
  private onAccepted: ((id: string, nth: number) => void)[] = []
  private onRefused: (() => void)[] = []

  constructor(it: Membership) {
    this.it = it
    this.sub = `member-${it.at}`
    this.node = it.at
    void this.connect()
    this.pinging = setInterval(() => void this.ping(), PING_EVERY_MS)
  }

  publish(): void {
    this.publishing = this.keepPublishing()
  }

  async stopPublishing(): Promise<void> {
    this.stopped = true
    await this.publishing
  }

  /** The id of a message that is sent from now on, once it is accepted. */
  nextAccepted(): Promise<string> {
    const from = this.sends
    return new Promise((resolve) => {
      const wait = () => void this.onAccepted.push((id, nth) => (nth > from ? resolve(id) : wait()))
      wait()
    })
  }

  nextRefused(): Promise<void> {
    return new Promise((resolve) => this.onRefused.push(resolve))
  }

  async ping(): Promise<void> {
    if (this.ready) await this.asks('ping', {})
  }

  /** Resolves when it is in all its rooms. */
  async settled(): Promise<void> {
    while (!this.it.rooms.every((room) => this.positions.has(room))) await this.it.ledger.changed()
  }

  /** What was acknowledged, and belongs to what this member follows without a hole, and did not arrive. */
  lacks(): readonly string[] {
    const { acknowledged } = this.it.ledger
    return [...acknowledged].flatMap(([id, place]) => (this.owed(place) && !this.heard.has(id) ? [id] : []))
  }

  /** Whether it was told, or will find out, that this is not delivered to it. */
  missed(id: string): boolean {
    const place = this.it.ledger.acknowledged.get(id)
    return place !== undefined && !this.owed(place)
  }

  leave(): void {
    this.running = false
    this.stopped = true
    clearInterval(this.pinging)
    this.ws?.terminate()
    for (const resolve of this.waiting.values()) resolve(undefined)
  }

  /** The answer; on a connection that ends meanwhile it is asked again on the next. Undefined once the member has left. */
  async asks(type: string, payload: object): Promise<Frame | undefined> {
    while (this.running) {
      const answer = this.ready ? await this.asksOnce(type, payload) : undefined
      if (answer) return answer
      await this.it.ledger.changed()
    }
    return undefined
  }

  private owed({ room, epoch, seq }: Place): boolean {
    const since = this.since.get(room)
    return since !== undefined && since.epoch === epoch && seq > since.seq
  }

  private async keepPublishing(): Promise<void> {
    const { rooms, at, ledger } = this.it
    while (!this.stopped) {
      this.sends += 1
      const id = `${this.sub}-${this.sends}`
      const room = rooms[(at + this.sends) % rooms.length] ?? ''
      if (!(await this.isAccepted({ room, client_msg_id: id, text: id }))) return
      for (const tell of this.onAccepted.splice(0)) tell(id, this.sends)
      ledger.wake()
      await later(BETWEEN_MS)
    }
  }

  /** False where it has left before. */
  private async isAccepted(payload: Chat.SendMessage['payload']): Promise<boolean> {
    const { ledger } = this.it
    for (;;) {
      const answer = await this.asks('send_message', payload)
      if (answer === undefined) return false
      if (answer.type === 'ok') {
        ledger.acknowledge(payload.client_msg_id, answer.payload as unknown as Place)
        return true
      }
      const { code, retry_after_ms } = answer.payload as unknown as Chat.ErrorMessage['payload']
      if (code !== 'unavailable') ledger.faults.push(`${payload.client_msg_id} was refused with ${code}`)
      else if (retry_after_ms === undefined) ledger.faults.push('unavailable came without retry_after_ms')
      ledger.unavailable += 1
      for (const tell of this.onRefused.splice(0)) tell()
      await later(retry_after_ms ?? BETWEEN_MS)
    }
  }

  private async asksOnce(type: string, payload: object): Promise<Frame | undefined> {
    const { ledger } = this.it
    this.ids += 1
    const id = `${this.ids}`
    const sentAt = performance.now()
    const answer = await new Promise<Frame | undefined>((resolve) => {
      this.waiting.set(id, (answer) => {
        // At once: what follows the answer may have arrived together with it.
        if (type === 'subscribe' && answer?.type === 'ok') this.begin(answer.payload as Restored)
        resolve(answer)
      })
      this.ws?.send(JSON.stringify({ type, id, payload }))
    })
    const took = performance.now() - sentAt
    ledger.slowestAnswer = Math.max(ledger.slowestAnswer, answer ? took : 0)
    if (took > ANSWERED_WITHIN_MS)
      ledger.faults.push(`${type} of ${this.sub} waited ${Math.round(took)} ms for its answer`)
    return answer
  }

  private async connect(): Promise<void> {
    const { nodes, token, ledger } = this.it
    const url = nodes[this.node % nodes.length] ?? ''
    this.node += 1
    const ws = new WebSocket(url, ['chat.v1', `chat.v1.bearer.${await token(this.sub)}`])
    this.ws = ws
    ws.on('error', () => {})
    ws.on('open', () => {
      const { session } = this
      const positions = Object.fromEntries(this.positions)
      const client = { name: 'crowd', version: '1' }
      ws.send(
        JSON.stringify({
          type: 'hello',
          id: 'h',
          payload: { client, ...(session && { session: { id: session }, positions }) },
        }),
      )
    })
    ws.on('message', (data) => this.take(JSON.parse(data.toString())))
    ws.on('close', (code) => {
      if (!this.running) return
      ledger.closes[code] = (ledger.closes[code] ?? 0) + 1
      this.ready = false
      for (const resolve of this.waiting.values()) resolve(undefined)
      this.waiting.clear()
      setTimeout(() => void this.connect(), Math.random() * BACK_WITHIN_MS)
    })
  }

  private take(frame: Frame): void {
    const { ledger } = this.it
    const { type, payload, reply_to } = frame
    if (type === 'ping') this.ws?.send(JSON.stringify({ type: 'pong', payload: {} }))
    else if (type === 'welcome') void this.enter(payload as unknown as Chat.Welcome['payload'])
    else if (type === 'user_message') this.hear(payload as unknown as Chat.UserMessage['payload'])
    else if (type === 'presence') {
      const { user, event, room } = payload as unknown as Chat.PresenceEvent['payload']
      ledger.presenceEvents.push(`${this.sub} sees ${user.id} ${event} in ${room}`)
    } else if (reply_to !== undefined) {
      this.waiting.get(reply_to)?.(frame)
      this.waiting.delete(reply_to)
    }
    ledger.wake()
  }

  /** "Where `welcome.session.resumed` is true, nothing needs a `subscribe`." */
  private async enter({ session, rooms }: Chat.Welcome['payload']): Promise<void> {
    if (this.session !== undefined && !session.resumed) this.it.ledger.forgottenSessions += 1
    this.session = session.id
    const restored = new Set(session.resumed ? rooms.map(({ room }) => room) : [])
    if (session.resumed) for (const room of rooms) this.begin(room as Restored)
    this.ready = true
    for (const room of this.it.rooms) {
      if (restored.has(room)) continue
      const position = this.positions.get(room)
      const answer = await this.asksOnce('subscribe', { room, presence: true, ...(position && { position }) })
      // Where the broker went away meanwhile, or the connection did: once more.
      if (answer?.type === 'error') this.ws?.close(4000)
      if (answer?.type !== 'ok') return
    }
  }

  private begin({ room, epoch, head_seq, recovered }: Restored): void {
    if (recovered || room === undefined || epoch === undefined || head_seq === undefined) return
    if (!this.it.rooms.includes(room)) return
    if (this.positions.has(room)) this.it.ledger.gaps += 1
    const position = { epoch, seq: head_seq }
    this.positions.set(room, position)
    this.since.set(room, position)
  }

  private hear({ room, epoch, seq, client_msg_id = '' }: Chat.UserMessage['payload']): void {
    const { ledger } = this.it
    const position = this.positions.get(room)
    if (position?.epoch !== epoch || position.seq + 1 !== seq) {
      ledger.faults.push(`${this.sub} got ${seq} of ${room} (${epoch}) after ${position?.seq} (${position?.epoch})`)
    }
    this.heard.add(client_msg_id)
    this.positions.set(room, { epoch, seq })
    ledger.put(client_msg_id, { room, epoch, seq })
  }
}
