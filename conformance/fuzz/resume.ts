/** Coming back with a session: one's own, that of somebody else, or one that never was. */
import type { Position } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import { Finding } from '../runner/case.ts'
import { SEATS, type Seat, type Step } from './plan.ts'
import { expectSubscribed } from './subscribing.ts'
import { Subscription } from './subscription.ts'
import { nameOf, type Past, pastOf, type Table, USERS } from './table.ts'

type Resume = Extract<Step, { does: 'resume' }>

const UNKNOWN = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Takes a session up that has lost its connection, or over where it has not. */
export async function resume(session: Table, step: Resume): Promise<void> {
  const { seat, behind } = step
  const old = session.lines.get(seat)
  // A connection that is there can only be taken over; another session would leave it as it is.
  if (old !== undefined && step.session !== 'own') return
  await old?.catchUp()
  const id = sessionOf(session, step)
  if (id === undefined) return
  const past = step.session === 'own' ? lastOf(session, seat) : undefined
  const lost = past?.rooms ?? []
  const positions = behind === null ? {} : Object.fromEntries(lost.flatMap((one) => positionIn(one, behind)))
  const expected = lost.map((one) => ({
    ...{ one, room: one.room },
    judge: expectSubscribed(one.room, session.world.user(USERS[seat]), positions[one.room.name], session.model.limits),
  }))
  for (const { room } of expected) session.model.attendance.tries(session.world.user(USERS[seat]), room.name)
  const actor = await session.world.ready(nameOf(seat), {
    claims: session.claims(seat),
    hello: { session: { id }, ...(behind === null ? {} : { positions }) },
  })
  if (old !== undefined) for (const { room } of expected) session.model.attendance.breaks(old, room.name)
  const { session: told, rooms } = actor.welcome.payload
  judgeSession(told, id, past, session.model.limits.resume_window_ms)
  const line = session.seated(seat, actor)
  const entries = rooms.filter(({ room }) => room !== '@me')
  const names = told.resumed ? expected.map(({ room }) => room.name).sort() : []
  expectEqual('the rooms in welcome.rooms', entries.map(({ room }) => room).sort(), names)
  for (const { one, room, judge } of expected) {
    const entry = entries.find((other) => other.room === room.name)
    if (entry === undefined) continue
    if (!('head_seq' in entry)) throw new Finding(`${room.name}, which the token can read, to be restored`, entry.code)
    judge(entry)
    line.subscriptions.set(room.name, new Subscription(room, entry, one.watches))
  }
  if (told.resumed && old !== undefined) await old.actor.closes(4104, 1000 + session.world.stage.patience)
}

function sessionOf(session: Table, { seat, session: which }: Resume): string | undefined {
  if (which === 'own') return lastOf(session, seat)?.id
  if (which === 'unknown') return UNKNOWN
  const victim = SEATS.find((one) => USERS[one] !== USERS[seat] && lastOf(session, one) !== undefined)
  return victim === undefined ? UNKNOWN : lastOf(session, victim)?.id
}

function lastOf({ lines, pasts }: Table, seat: Seat): Past | undefined {
  const line = lines.get(seat)
  return line === undefined ? pasts.get(seat) : pastOf(line, 'anything else')
}

function positionIn({ room, next }: Subscription, behind: number): [string, Position][] {
  return room.epoch === undefined ? [] : [[room.name, { epoch: room.epoch, seq: Math.max(0, next - 1 - behind) }]]
}

function judgeSession(
  told: { readonly id: string; readonly resumed: boolean; readonly reason?: string },
  id: string,
  past: Past | undefined,
  windowMs: number,
): void {
  const lives = past !== undefined && past.endedBy !== 'leaving'
  const mayBeOver = past !== undefined && performance.now() - past.atMs > windowMs / 2
  if (told.resumed ? !lives : lives && !mayBeOver) throw new Finding(`session.resumed ${lives}`, String(told.resumed))
  expectEqual('session.reason', told.reason, told.resumed ? undefined : 'not_found')
  expectEqual('whether the session keeps its id', told.id === id, told.resumed)
}
