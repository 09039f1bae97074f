/** What a session does, step by step: data that a seed generates and that shrinks. */
import fc from 'fast-check'
import { validText, wrongText } from './texts.ts'
import { WIRE_FAULTS, type WireFault } from './wire-faults.ts'

/** The seats of a session: two connections of one user, and one each of two others. */
export const SEATS = [0, 1, 2, 3] as const
export type Seat = (typeof SEATS)[number]

export type Step =
  /** Everybody subscribes to a room, one after the other. */
  | { readonly does: 'gather'; readonly room: number; readonly presence: boolean }
  /** Subscribes to as many rooms as there may be, to one more, and to one of them again. */
  | { readonly does: 'crowd'; readonly seat: Seat; readonly again: number }
  /** Sends a text, and waits for what becomes of it. */
  | { readonly does: 'say'; readonly seat: Seat; readonly text: string }
  /** Sends several messages to one room without waiting; `subscribe` or `unsubscribe` stands among them. */
  | {
      readonly does: 'hurry'
      readonly seat: Seat
      readonly room: number
      readonly before: number
      readonly turns: boolean
      readonly after: number
    }
  /** Several seats send to one room at the same time; seats of one user use the same ids. */
  | { readonly does: 'race'; readonly room: number; readonly each: number; readonly seats: readonly Seat[] }
  /** Reads a room up to so many messages before its head, and then to others. */
  | { readonly does: 'marks'; readonly seat: Seat; readonly room: number; readonly distances: readonly number[] }
  /** Subscribes from a position while others send. */
  | {
      readonly does: 'rejoin'
      readonly seat: Seat
      readonly room: number
      readonly behind: number
      readonly senders: readonly Seat[]
    }
  /** As many pings at once, or repeats of one message, as the bucket never holds. */
  | { readonly does: 'flood'; readonly seat: Seat; readonly extra: number; readonly of: 'pings' | 'repeats' }
  /** Breaks RFC 6455, or uses it in a way that is seldom seen. */
  | { readonly does: 'wire'; readonly seat: Seat; readonly fault: WireFault }
  | { readonly does: 'leave'; readonly seat: Seat; readonly how: 'close 1000' | 'close 1001' | 'close 4000' | 'drop' }
  /** Comes back with the session that the seat had, from these many messages before the last one seen. */
  | {
      readonly does: 'resume'
      readonly seat: Seat
      readonly behind: number | null
      readonly session: 'own' | 'stolen' | 'unknown'
    }
  | {
      readonly does: 'refresh'
      readonly seat: Seat
      readonly token: 'good' | 'narrow' | 'forged' | 'expired' | 'of another'
    }

const seat = fc.constantFrom(...SEATS)
const step = <S extends Step['does']>(
  does: S,
  fields: { [K in keyof Omit<Extract<Step, { does: S }>, 'does'>]: fc.Arbitrary<Extract<Step, { does: S }>[K]> },
) =>
  fc.record({ does: fc.constant(does), ...fields } as Record<
    string,
    fc.Arbitrary<unknown>
  >) as unknown as fc.Arbitrary<Step>

const room = fc.constantFrom(0, 0, 1)
/** Few, or about as many as are replayed at the most by the profile `test`. */
const before = fc.oneof({ weight: 5, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.integer({ min: 19, max: 24 }) })
const gather = step('gather', { room, presence: fc.boolean() })

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 36, arbitrary: step('say', { seat, text: validText }) },
  { weight: 14, arbitrary: step('say', { seat, text: wrongText }) },
  { weight: 4, arbitrary: step('hurry', { seat, room, before, turns: fc.boolean(), after: fc.nat(3) }) },
  { weight: 2, arbitrary: gather },
  {
    weight: 3,
    arbitrary: step('marks', { seat, room, distances: fc.array(fc.nat(2), { minLength: 2, maxLength: 3 }) }),
  },
  { weight: 3, arbitrary: step('crowd', { seat: fc.constantFrom(0, 1), again: fc.nat(7) }) },
  {
    weight: 3,
    arbitrary: step('rejoin', { seat, room, behind: fc.nat(3), senders: fc.uniqueArray(seat, { minLength: 1 }) }),
  },
  {
    weight: 3,
    arbitrary: step('race', {
      room,
      each: fc.integer({ min: 1, max: 3 }),
      seats: fc.uniqueArray(seat, { minLength: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: step('flood', { seat, extra: fc.integer({ min: 1, max: 60 }), of: fc.constantFrom('pings', 'repeats') }),
  },
  { weight: 3, arbitrary: step('wire', { seat, fault: fc.constantFrom(...WIRE_FAULTS) }) },
  {
    weight: 2,
    arbitrary: step('leave', { seat, how: fc.constantFrom('close 1000', 'close 1001', 'close 4000', 'drop') }),
  },
  {
    weight: 7,
    arbitrary: step('resume', {
      seat,
      behind: fc.option(fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, fc.integer({ min: 19, max: 21 }))),
      session: fc.constantFrom('own', 'own', 'own', 'stolen', 'stolen', 'unknown'),
    }),
  },
  {
    weight: 5,
    arbitrary: step('refresh', {
      seat,
      token: fc.constantFrom('good', 'good', 'narrow', 'narrow', 'forged', 'expired', 'of another'),
    }),
  },
)

/** Whole sessions; short ones come more often, and a failing one loses every step that it does not need. */
export const plans: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.array(gather, { maxLength: 2 }), fc.array(anyStep, { minLength: 1, maxLength: 28, size: 'max' }))
  .map(([first, others]) => [...first, ...others])

/** One connection that says hardly anything right. */
export const wrongPlans: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: step('say', { seat: fc.constant(0), text: wrongText }) },
    { weight: 2, arbitrary: step('say', { seat: fc.constant(0), text: validText }) },
    { weight: 2, arbitrary: step('wire', { seat: fc.constant(0), fault: fc.constantFrom(...WIRE_FAULTS) }) },
  ),
  { minLength: 1, maxLength: 16, size: 'max' },
)
