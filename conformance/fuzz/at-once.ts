/** Steps in which much happens at once: what comes of it does not depend on the order in which it is seen. */
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { Asked } from './asked.ts'
import type { Line } from './line.ts'
import type { Seat, Step } from './plan.ts'
import { read } from './reading.ts'
import type { Table } from './table.ts'

type Do<S extends Step['does']> = Extract<Step, { does: S }>

const message = (type: string, id: string, payload: object) => JSON.stringify({ type, id, payload })

/** "Commands of one connection for one room MUST take effect in the order of their arrival." */
export async function hurry(session: Table, { seat, room: n, before, turns, after }: Do<'hurry'>): Promise<void> {
  const line = await session.line(seat)
  const { model } = session
  const room = model.room(session.room(`${n}`))
  const isFull = line.subscriptions.size >= model.limits.max_rooms
  if (!session.grantsOf(line.user).writes(room.name) || isFull || line.tokens < before + after + 2) return
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
    if (session.grantsOf(line.user).writes(session.room(`${n}`)) && line.tokens > each) lines.push(line)
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
      const sent = { from: line.user, client_msg_id: key, content: { text: whose, content_type: 'text/plain' } }
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

/** Accepted are as many as the bucket held and what has flowed into it; the others are refused, and too many end it. */
export async function flood(session: Table, { seat, extra }: Do<'flood'>): Promise<void> {
  const line = await session.line(seat)
  const { limits } = session.model
  const count = limits.rate_burst + extra
  if (count > MOST_AT_ONCE) return
  await line.catchUp()
  const bucket = session.world.bucket(limits)
  const sure = Math.max(0, line.tokens)
  const asked = Array.from({ length: count }, () => {
    const id = session.nextId()
    return line.send(message('ping', id, {}), id, { outcomes: ['pong'] })
  })
  for (const one of asked) {
    await line.settle(one)
    if (line.ended !== undefined) break
  }
  const count_of = (outcome: string) => asked.filter((one) => one.outcome === outcome).length
  bucket.allows(count_of('pong'), 'messages within the rate')
  const early = asked.slice(0, sure).every(({ outcome }) => outcome === 'pong')
  expectTrue(`the first ${sure} messages not to be refused for their rate`, early, 'a refusal')
  if (line.ended === undefined) return session.drop(seat, line)
  const refused = count_of('error rate_limited')
  session.gone(line, 'anything else')
  expectTrue(`${limits.rate_burst} refusals before close 4202`, refused >= limits.rate_burst, `${refused}`)
}

/** Servers with a larger burst are not flooded. */
const MOST_AT_ONCE = 500
