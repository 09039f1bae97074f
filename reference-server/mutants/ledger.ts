/** Faults so rare that only the ledger of a load test sees them; it must count every one. */
import type { Mutant } from '../mutate.ts'

export const LEDGER_MUTANTS: readonly Mutant[] = [
  {
    id: 'delivery/duplicates-one-in-1000',
    requirement: 'delivery/reaches-every-subscriber',
    file: 'rooms.ts',
    before: 'for (const member of room.members) member.deliver(frame)',
    after: `for (const member of room.members) {
    (globalThis as any).deliveries = ((globalThis as any).deliveries ?? 0) + 1
    if ((globalThis as any).deliveries % 1000 === 0) member.deliver(frame)
    member.deliver(frame)
  }`,
    about: 'Every thousandth delivery is made twice.',
  },
  {
    id: 'delivery/swaps-one-in-1000',
    requirement: 'delivery/seq-is-contiguous',
    file: 'rooms.ts',
    before: 'for (const member of room.members) member.deliver(frame)',
    after: `for (const member of room.members as Set<any>) {
    (globalThis as any).deliveries = ((globalThis as any).deliveries ?? 0) + 1
    if ((globalThis as any).deliveries % 1000 === 500) {
      member.overtaken = frame
      continue
    }
    member.deliver(frame)
    if (member.overtaken) member.deliver(member.overtaken)
    member.overtaken = undefined
  }`,
    about: `One delivery in a thousand is held back until after the subscriber's next one.`,
  },
  {
    id: 'delivery/loses-one-in-1000',
    requirement: 'delivery/reaches-every-subscriber',
    file: 'rooms.ts',
    before: 'for (const member of room.members) member.deliver(frame)',
    after: `for (const member of room.members) {
    (globalThis as any).deliveries = ((globalThis as any).deliveries ?? 0) + 1
    if ((globalThis as any).deliveries % 1000 !== 0) member.deliver(frame)
  }`,
    about: 'Every thousandth delivery is not made.',
  },
]
