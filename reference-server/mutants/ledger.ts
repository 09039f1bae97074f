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
  {
    id: 'auth/refuses-one-in-10',
    requirement: 'auth/optional-claims',
    file: 'connection.ts',
    before: `    this.credential.hold(token, verdict.claims)
`,
    after: `    const all = globalThis as any
    all.admitted = (all.admitted ?? 0) + 1
    if (all.admitted % 10 === 0) return this.fail('unauthorized', 'too busy to look', hello)
    this.credential.hold(token, verdict.claims)
`,
    about: 'Every tenth good token is refused.',
  },
  {
    id: 'close/drops-one-in-20',
    requirement: 'heartbeat/silence-closes-4301',
    file: 'server.ts',
    before: `    this.connections.set(connection, socket)
`,
    after: `    this.connections.set(connection, socket)
    if (this.connections.size % 20 === 0) setTimeout(() => ws.terminate(), 1000)
`,
    about: 'One connection in twenty is cut after a second for no reason.',
  },
  {
    id: 'presence/misses-some-leaves',
    requirement: 'presence/unsubscribe-leaves-at-once',
    file: 'in-process-presence.ts',
    before: `    if (how === 'left') await this.leave(room, attendee)
`,
    after: `    const { tell } = this
    if (how === 'left') (globalThis as any).partings = ((globalThis as any).partings ?? 0) + 1
    if (how === 'left' && (globalThis as any).partings % 3 === 0) this.tell = async () => {}
    if (how === 'left') await this.leave(room, attendee).finally(() => { this.tell = tell })
`,
    about: 'Of every third user who leaves nobody is told.',
  },
]
