/** Steps in which much happens at once: what comes of it does not depend on the order in which it is seen. */
import type { OkPayloads } from '../../schemas/generated/chat.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { Skip } from '../runner/case.ts'
import type { Asked } from './asked.ts'
import type { Line } from './line.ts'
import type { Seat, Step } from './plan.ts'
import { read } from './reading.ts'
import { Subscription } from './subscription.ts'
import type { Table } from './table.ts'

type Do<S extends Step['does']> = Extract<Step, { does: S }>

const message = (type: string, id: string, payload: object) => JSON.stringify({ type, id, payload })

/** "Commands of one connection for one room MUST take effect in the order of their arrival." */
export async function hurry(session: Table, { seat, room: n, before, turns, after }: Do<'hurry'>): Promise<void> {
  const line = await session.line(seat)
  const { model } = session
  const room = model.room(session.room(`${n}`))
  const isFull = line.subscriptions.size >= model.limits.max_rooms
  if (!line.grants.writes(room.name) || isFull || line.tokens < before + after + 2) return
  await line.catchUp()
  const turn = line.subscriptions.has(room.name) ? 'unsubscribe' : 'subscribe'
  const sends = (count: number) => Array<string>(count).fill('send_message')
  const types = [...sends(before), ...(turns ? [turn] : []), ...sends(after)]
  const head = room.head + before + after
  const asked = types.map((type) => {
    const id = session.nextId()
    const said = type === 'send_message' ? { client_msg_id: id, text: id } : {}
    const text = message(type, id, { room: room.name, ...said })
    const one = line.send(text, id, model.expect(line, read(text, model.limits)))
    // What follows is expected as if this had taken effect.
    if (type === 'send_message') room.head += 1
    return one
  })
  for (const one of asked) await session.settle(line, one)
  expectEqual(`the head of ${room.name}`, room.head, head)
}

/** Of equal messages that one user has in flight at the same time exactly one is delivered, and nobody's order is lost. */
export async function race(session: Table, { room: n, each, seats }: Do<'race'>): Promise<void> {
  const lines: Line[] = []
  for (const seat of seats) {
    const line = await session.line(seat as Seat)
    if (line.grants.writes(session.room(`${n}`)) && line.tokens > each) lines.push(line)
  }
  const { model } = session
  const room = model.room(session.room(`${n}`))
  for (const line of session.lines.values()) await line.catchUp()
  const before = room.head
  const stem = session.nextId()
  const asked: (readonly [Line, Asked, string])[] = []
  const places = new Map<string, { readonly seq: unknown; readonly duplicate: unknown }[]>()
  for (let at = 0; at < each; at += 1)
    for (const line of lines) {
      const key = `${stem}-${at}`
      const id = session.nextId()
      const text = message('send_message', id, { room: room.name, client_msg_id: key, text: `${line.user} ${key}` })
      const whose = `${line.user} ${key}`
      places.set(whose, [])
      const sent = {
        from: line.user,
        names: namesOf(lines, line.user),
        client_msg_id: key,
        content: { text: whose, content_type: 'text/plain' },
      }
      const ok = (payload: Record<string, unknown>) => {
        const { seq, message_id, ts, duplicate = false } = payload
        places.get(whose)?.push({ seq, duplicate })
        room.hasEpoch(String(payload.epoch))
        const known = room.repeated(line.user, key)
        if (known === undefined) room.took(Number(seq), { ...sent, message_id, ts, atMs: performance.now() })
        else expectEqual(`the seq of ${key}, sent twice at the same time,`, seq, known.seq)
      }
      asked.push([line, line.send(text, id, { outcomes: ['ok'], ok }), whose])
    }
  for (const [line, one] of asked) await session.settle(line, one)
  for (const [whose, all] of places)
    expectEqual(`answers to ${whose} without duplicate`, all.filter(({ duplicate }) => !duplicate).length, 1)
  const seqs = [...places.values()].map(([first]) => Number(first?.seq))
  const expected = seqs.map((_, at) => before + 1 + at)
  expectEqual(
    `the places in ${room.name}`,
    [...seqs].sort((a, b) => a - b),
    expected,
  )
}

/** Each sender sends so many while somebody comes back. */
const MEANWHILE = 2

/** "Of messages that are sent while a client resumes, each MUST reach it exactly once and in order." */
export async function rejoin(session: Table, { seat, room: n, behind, senders }: Do<'rejoin'>): Promise<void> {
  const line = await session.line(seat)
  const others: Line[] = []
  for (const one of senders) if (one !== seat) others.push(await session.line(one))
  const { model } = session
  const room = model.room(session.room(`${n}`))
  const { epoch, head } = room
  const isFull = !line.subscriptions.has(room.name) && line.subscriptions.size >= model.limits.max_rooms
  if (epoch === undefined || isFull || line.tokens < 1 || !line.grants.reads(room.name)) return
  const able = others.filter(({ tokens, grants }) => tokens > MEANWHILE && grants.writes(room.name))
  const most = head + able.length * MEANWHILE
  for (const one of session.lines.values()) await one.catchUp()
  const position = { epoch, seq: Math.max(0, head - behind) }
  if (most - position.seq > model.limits.replay_max) return
  const storedUntil =
    position.seq === head ? Number.POSITIVE_INFINITY : room.storedUntil(position.seq + 1, model.limits)
  const id = session.nextId()
  model.attendance.tries(line.user, room.name)
  const ok = (payload: Record<string, unknown>) => {
    const told = payload as unknown as OkPayloads['subscribe']
    if (performance.now() > storedUntil) throw new Skip('what was missed need not be stored any more')
    const { head_seq, recovered, replay_count, gap } = told
    expectTrue(`a head_seq of ${head} to ${most}`, head_seq >= head && head_seq <= most, `${head_seq}`)
    const expected = { recovered: true, replay_count: head_seq - position.seq, gap: undefined }
    expectEqual('what is recovered while others send', { recovered, replay_count, gap }, expected)
    line.subscriptions.set(room.name, new Subscription(room, told, false))
  }
  const text = message('subscribe', id, { room: room.name, position })
  const asked = [[line, line.send(text, id, { outcomes: ['ok'], ok })] as const]
  for (let at = 0; at < MEANWHILE; at += 1)
    for (const one of able) {
      const key = session.nextId()
      const said = message('send_message', key, { room: room.name, client_msg_id: key, text: key })
      asked.push([one, one.send(said, key, model.expect(one, read(said, model.limits), 'any'))])
    }
  for (const [one, each] of asked) await session.settle(one, each)
  await line.catchUp()
}

const namesOf = (lines: readonly Line[], user: string) =>
  lines.filter((one) => one.user === user).map(({ name }) => name)

/** Accepted are as many as the bucket held and what has flowed into it; the others are refused, and too many end it. */
export async function flood(session: Table, { seat, extra, of }: Do<'flood'>): Promise<void> {
  const line = await session.line(seat)
  const { limits } = session.model
  const count = limits.rate_burst + extra
  if (count > MOST_AT_ONCE) return
  await line.catchUp()
  const began = performance.now()
  const repeat = of === 'repeats' ? await toRepeat(session, line) : undefined
  if (line.ended !== undefined) return
  const [type, payload, outcome] = repeat ? (['send_message', repeat, 'ok'] as const) : (['ping', {}, 'pong'] as const)
  const bucket = session.world.bucket(limits)
  const sure = Math.max(0, line.tokens)
  const asked = Array.from({ length: count }, () => {
    const id = session.nextId()
    return line.send(message(type, id, payload), id, { outcomes: [outcome] })
  })
  for (const one of asked) {
    await line.settle(one)
    if (line.ended !== undefined) break
  }
  const count_of = (outcome: string) => asked.filter((one) => one.outcome === outcome).length
  // Beyond the window a repeat may be a new message, of which the model would know nothing.
  if (repeat && performance.now() - began > limits.dedupe_window_ms) throw new Skip('the repeats came too slowly')
  bucket.allows(count_of(outcome), 'messages within the rate')
  const early = asked.slice(0, sure).every((one) => one.outcome === outcome)
  expectTrue(`the first ${sure} messages not to be refused for their rate`, early, 'a refusal')
  if (line.ended === undefined) return session.drop(seat, line)
  const refused = count_of('error rate_limited')
  session.gone(line, 'anything else')
  expectTrue(`${limits.rate_burst} refusals before close 4202`, refused >= limits.rate_burst, `${refused}`)
}

/** A message that was accepted; undefined where this user may send none. */
async function toRepeat(session: Table, line: Line): Promise<object | undefined> {
  const room = session.room('0')
  if (!line.grants.writes(room) || line.tokens < 1) return undefined
  const id = session.nextId()
  const payload = { room, client_msg_id: id, text: id }
  const text = message('send_message', id, payload)
  await session.settle(line, line.send(text, id, session.model.expect(line, read(text, session.model.limits))))
  return payload
}

/** Servers with a larger burst are not flooded. */
const MOST_AT_ONCE = 500
