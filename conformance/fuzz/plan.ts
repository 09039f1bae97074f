/** What a session does, step by step: data that a seed generates and that shrinks. */
import fc from 'fast-check'
import { validText, wrongText } from './texts.ts'
import { WIRE_FAULTS, type WireFault } from './wire-faults.ts'

/** The seats of a session: two connections of one user, and one each of two others. */
export const SEATS = [0, 1, 2, 3] as const
export type Seat = (typeof SEATS)[number]

export type Step =
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
  /** As many pings at once as the bucket never holds. */
  | { readonly does: 'flood'; readonly seat: Seat; readonly extra: number }
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
  | { readonly does: 'refresh'; readonly seat: Seat; readonly token: 'good' | 'forged' | 'expired' | 'of another' }

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

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: step('say', { seat, text: validText }) },
  { weight: 14, arbitrary: step('say', { seat, text: wrongText }) },
  { weight: 4, arbitrary: step('hurry', { seat, room, before: fc.nat(3), turns: fc.boolean(), after: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: step('race', {
      room,
      each: fc.integer({ min: 1, max: 3 }),
      seats: fc.uniqueArray(seat, { minLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: step('flood', { seat, extra: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 3, arbitrary: step('wire', { seat, fault: fc.constantFrom(...WIRE_FAULTS) }) },
  {
    weight: 2,
    arbitrary: step('leave', { seat, how: fc.constantFrom('close 1000', 'close 1001', 'close 4000', 'drop') }),
  },
  {
    weight: 7,
    arbitrary: step('resume', {
      seat,
      behind: fc.option(fc.nat(3)),
      session: fc.constantFrom('own', 'own', 'own', 'stolen', 'stolen', 'unknown'),
    }),
  },
  {
    weight: 2,
    arbitrary: step('refresh', { seat, token: fc.constantFrom('good', 'forged', 'expired', 'of another') }),
  },
)

/** Whole sessions; short ones come more often, and a failing one loses every step that it does not need. */
export const plans: fc.Arbitrary<readonly Step[]> = fc.array(anyStep, { minLength: 1, maxLength: 28, size: 'max' })

/** One connection that says hardly anything right. */
export const wrongPlans: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: step('say', { seat: fc.constant(0), text: wrongText }) },
    { weight: 2, arbitrary: step('say', { seat: fc.constant(0), text: validText }) },
    { weight: 2, arbitrary: step('wire', { seat: fc.constant(0), fault: fc.constantFrom(...WIRE_FAULTS) }) },
  ),
  { minLength: 1, maxLength: 16, size: 'max' },
)
