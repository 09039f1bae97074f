/** The server's clock, by which tokens expire: known as far as a `server_time` tells that came between two moments of ours. */
import type { Actor } from './actor.ts'
import { expectNotBefore, expectTrue } from './expect.ts'
import type { ConnectOptions, Ready, World } from './world.ts'

/** Both in ms of the Unix epoch, at a moment of `performance.now()`: what each bound takes is the end that excuses the server. */
export interface ServerClock {
  atLeast(moment: number): number
  atMost(moment: number): number
}

export type Clocked = Ready & { readonly clock: ServerClock }

/** A NumericDate so many whole seconds from now. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

/** Connects, says `hello`, and reads the server's clock from its `welcome`. */
export async function clocked(world: World, name: string, options: ConnectOptions = {}): Promise<Clocked> {
  const sent = performance.now()
  const actor = await world.ready(name, options)
  const received = actor.arrivalOf(actor.welcome)
  const read = Date.parse(actor.welcome.payload.server_time)
  return Object.assign(actor, {
    clock: { atLeast: (moment: number) => read + moment - received, atMost: (moment: number) => read + moment - sent },
  })
}

/** How long until the server's clock has surely passed this time, in ms. */
export const until = ({ clock }: Clocked, time: number) => Math.max(0, time - clock.atLeast(performance.now()))

/** What came at a moment did so between two times of the server's clock. */
export function expectBetween(what: string, { clock }: Clocked, moment: number, from: number, to: number): void {
  expectNotBefore(`${what} not before it is due`, clock.atMost(moment) - from, 0)
  const late = clock.atLeast(moment) - from
  expectTrue(
    `${what} within ${Math.round(to - from)} ms of when it is due`,
    late <= to - from,
    `${Math.round(late)} ms`,
  )
}

/** Until when a connection must have ended whose token expires then. */
export function latestEnd(world: World, { welcome }: Ready, exp: number): number {
  return exp * 1000 + world.affords(welcome.payload.limits, 'auth_leeway_ms') + 1000
}

/** The token of an actor expires, and the connection with it: close 4101, neither early nor late. */
export async function expires(world: World, actor: Clocked, exp: number): Promise<void> {
  const latest = latestEnd(world, actor, exp) + world.stage.patience
  const end = await actor.closes(4101, until(actor, latest))
  expectBetween('close 4101', actor, end.atMs, exp * 1000, latest)
}

/** The connection is still open, and answers, when one whose token expired then would have ended. */
export async function outlives(world: World, actor: Actor & Clocked, exp: number): Promise<void> {
  await actor.staysOpen(until(actor, latestEnd(world, actor, exp)))
  await actor.fence()
}
