/** Faults in read marks. */
import type { RuleMutant } from '../mutate.ts'

export const READ_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'read/is-not-told',
    requirement: 'read/reaches-the-others',
    file: 'mark-read.ts',
    before: `    await bus.pass(room, { event, cause: peer.id })
`,
    after: '',
    about: 'A mark is stored, and nobody told.',
    shows: 'a read to laptop, got … within',
  },
  {
    id: 'read/own-devices-do-not-hear',
    requirement: 'read/reaches-the-others',
    file: 'rooms.ts',
    before: `    else if (passing.cause === this.subscriber.id) return
`,
    after: `    else if (passing.cause === this.subscriber.id) return
    else if (passing.event.type === 'read' && (this.subscriber as any).sub === passing.event.payload.user.id) return
`,
    about: 'Other connections of the same user do not hear of a mark.',
    shows: 'a read to laptop, got … within',
  },
  {
    id: 'read/comes-back',
    requirement: 'read/not-to-its-sender',
    file: 'mark-read.ts',
    before: '{ event, cause: peer.id }',
    after: '{ event }',
    about: 'Who marks is told so.',
    shows: 'seq of each read to the phone [3], got [2,3]',
  },
  {
    id: 'read/ok-echoes',
    requirement: 'read/ok-carries-the-mark',
    file: 'mark-read.ts',
    before: 'seq: mark.seq }',
    after: 'seq }',
    about: 'The `ok` tells the seq that was asked for.',
    shows: 'the ok to a mark_read of 1 {"room":"…","seq":2}, got {"room":"…","seq":1}',
  },
  {
    id: 'read/goes-back',
    requirement: 'read/goes-only-forward',
    file: 'in-process-bus.ts',
    before: `    if (seq <= current) return { ahead: false, seq: current, advanced: false }
`,
    after: '',
    about: 'A lower mark replaces a higher one.',
    shows: 'seq of each read to bob [2,3], got [2,1,2,3]',
  },
  {
    id: 'read/same-mark-is-told-again',
    requirement: 'read/goes-only-forward',
    file: 'in-process-bus.ts',
    before: `    if (seq <= current) return { ahead: false, seq: current, advanced: false }
`,
    after: `    if (seq < current) return { ahead: false, seq: current, advanced: false }
`,
    about: 'The mark that holds already is told again.',
    shows: 'seq of each read to bob [2,3], got [2,2,3]',
  },
  {
    id: 'read/beyond-the-head',
    requirement: 'read/beyond-the-head-is-invalid',
    file: 'in-process-bus.ts',
    before: `    if (seq > head) return { ahead: true }
`,
    after: '',
    about: 'What was never said can be read.',
    shows: 'error invalid_payload, got ok',
  },
  {
    id: 'read/one-beyond-the-head',
    requirement: 'read/beyond-the-head-is-invalid',
    file: 'in-process-bus.ts',
    before: 'seq > head)',
    after: 'seq > head + 1)',
    about: 'One message beyond the head can be read.',
    shows: 'error invalid_payload, got ok',
  },
  {
    id: 'read/one-per-connection',
    requirement: 'read/is-one-per-user',
    file: 'mark-read.ts',
    before: 'bus.mark(room, claims.sub, seq)',
    after: 'bus.mark(room, peer.id, seq)',
    about: 'Each connection has its own mark.',
    shows: 'the mark of alice on her laptop 2, got 1',
  },
  {
    id: 'read/subscribe-tells-none',
    requirement: 'read/comes-back-on-subscribe',
    file: 'subscriptions.ts',
    before: `      ...(read_seq !== undefined && { read_seq }),
`,
    after: '',
    about: '`subscribe` does not tell the mark.',
    shows: 'read_seq 2, got nothing',
  },
  {
    id: 'read/welcome-tells-none',
    requirement: 'read/comes-back-on-subscribe',
    file: 'resume-session.ts',
    before: 'answer: { presence: _, ...room }',
    after: 'answer: { presence: _, read_seq: __, ...room }',
    about: 'A restored room does not tell the mark.',
    shows: 'read_seq of the restored room 2, got false',
  },
  {
    id: 'read/needs-no-subscription',
    requirement: 'read/needs-a-subscription',
    file: 'mark-read.ts',
    before: `  if (!peer.subscriptions.has(room)) return peer.refuse(message, 'not_subscribed', 'not subscribed to this room')
`,
    after: '',
    about: 'Who is not in a room can mark it.',
    shows: 'error not_subscribed, got ok',
  },
  {
    id: 'read/needs-a-grant-to-write',
    requirement: 'read/rooms-read-suffices',
    file: 'mark-read.ts',
    before: '!mayRead(claims.grants, room)',
    after: '!mayRead({ ...claims.grants, read: [] }, room)',
    about: 'Only who may write may mark.',
    shows: 'ok to mark_read, got error forbidden: no grant to read this room',
  },
  {
    id: 'read/mark-outlives-the-epoch',
    requirement: 'read/reset-clears-the-mark',
    file: 'in-process-bus.ts',
    before: `    const head = headOf(this.begin(name, Date.now(), listeners))
`,
    after: `    const { marks } = this.stream(name)
    const head = headOf(Object.assign(this.begin(name, Date.now(), listeners), { marks }))
`,
    about: 'A mark of the former epoch binds the new one.',
    shows: 'read_seq after the reset nothing, got 3',
  },
]
