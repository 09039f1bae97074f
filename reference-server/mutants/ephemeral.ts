/** Faults in what passes and is not stored. */
import type { RuleMutant } from '../mutate.ts'

export const EPHEMERAL_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'ephemeral/own-devices-see-no-typing',
    requirement: 'ephemeral/typing-reaches-the-others',
    file: 'rooms.ts',
    before: `    else if (passing.cause === this.subscriber.id) return
`,
    after: `    else if (passing.cause === this.subscriber.id) return
    else if (passing.event.type === 'typing' && (this.subscriber as any).sub === passing.event.payload.user.id) return
`,
    about: 'Other connections of the same user are left out.',
    shows: 'a typing to laptop, got … within',
  },
  {
    id: 'ephemeral/data-is-lost',
    requirement: 'ephemeral/signal-reaches-the-others',
    file: 'ephemeral.ts',
    before: 'name, data } }',
    after: 'name, data: {} } }',
    about: 'A signal arrives without its data.',
    shows: 'the signal {…"data":{"line":3,…, got {…"data":{}}',
  },
  {
    id: 'ephemeral/own-devices-get-no-signal',
    requirement: 'ephemeral/signal-reaches-the-others',
    file: 'rooms.ts',
    before: `    else if (passing.cause === this.subscriber.id) return
`,
    after: `    else if (passing.cause === this.subscriber.id) return
    else if (passing.event.type === 'signal' && (this.subscriber as any).sub === passing.event.payload.user.id) return
`,
    about: 'A signal does not reach other connections of the same user.',
    shows: 'a signal to laptop, got … within',
  },
  {
    id: 'ephemeral/typing-comes-back',
    requirement: 'ephemeral/not-to-its-sender',
    file: 'ephemeral.ts',
    before: `cause: peer.id })
  peer.ok<'typing'>`,
    after: `})
  peer.ok<'typing'>`,
    about: 'Who types is told so.',
    shows: 'users of each typing to alice ["…"], got ["…","…"]',
  },
  {
    id: 'ephemeral/goes-to-every-room',
    requirement: 'ephemeral/stays-in-its-room',
    file: 'in-process-bus.ts',
    before: `    for (const listener of this.streams.get(name)?.listeners ?? []) listener.passing(passing)
`,
    after: `    for (const other of this.streams.values()) for (const listener of other.listeners) listener.passing(passing)
`,
    about: 'A signal reaches the subscribers of all rooms.',
    shows: 'to carol ["…"], got ["…","…',
  },
  {
    id: 'ephemeral/anyone-may-type',
    requirement: 'ephemeral/needs-a-subscription',
    file: 'ephemeral.ts',
    before: `  else if (!peer.subscriptions.has(room)) peer.refuse(message, 'not_subscribed', 'not subscribed to this room')
`,
    after: '',
    about: 'Who is not in a room can type there.',
    shows: 'error not_subscribed, got ok',
  },
  {
    id: 'ephemeral/readers-may-type',
    requirement: 'ephemeral/needs-a-grant-to-write',
    file: 'ephemeral.ts',
    before: `  if (!mayWrite(grants, room)) peer.refuse(message, 'forbidden', 'no grant to write to this room')
  else if`,
    after: '  if',
    about: 'Whoever is subscribed can type and signal.',
    shows: 'error forbidden, got ok',
  },
  {
    id: 'ephemeral/data-of-any-size',
    requirement: 'ephemeral/data-over-2048-octets-is-too-large',
    file: 'ephemeral.ts',
    before: `  if (isTooLarge(data)) return peer.refuse(message, 'payload_too_large', 'data is over 2048 bytes')
`,
    after: '',
    about: 'A signal may be as long as a message.',
    shows: 'error payload_too_large, got ok',
  },
  {
    id: 'ephemeral/uses-a-seq',
    requirement: 'ephemeral/uses-no-seq',
    file: 'in-process-bus.ts',
    before: `    for (const listener of this.streams.get(name)?.listeners ?? []) listener.passing(passing)
`,
    after: `    const stream = this.streams.get(name)
    if (stream && passing.event.type !== 'presence') stream.seq += 1
    for (const listener of stream?.listeners ?? []) listener.passing(passing)
`,
    about: 'An ephemeral frame takes a number, and poisons the positions.',
    shows: 'seq of the messages before and after [1,2], got [1,',
  },
  {
    id: 'ephemeral/is-stored',
    requirement: 'ephemeral/is-not-stored',
    file: 'in-process-bus.ts',
    before: `    for (const listener of this.streams.get(name)?.listeners ?? []) listener.passing(passing)
`,
    after: `    const stream = this.streams.get(name)
    const { type, payload: body } = passing.event
    const entry: any = { type, body, stream: name, epoch: stream?.epoch, seq: stream?.seq, id: 'x', ts: new Date().toISOString() }
    if (type !== 'presence') stream?.log.push(entry)
    for (const listener of stream?.listeners ?? []) listener.passing(passing)
`,
    about: 'Ephemeral frames are stored with the messages.',
    shows: 'replay_count 1, got',
  },
  {
    id: 'ephemeral/server-says-stop',
    requirement: 'ephemeral/server-adds-no-stop',
    file: 'ephemeral.ts',
    before: `  peer.ok<'typing'>`,
    after: `  const stop: Chat.TypingEvent = { type: 'typing', payload: { ...event.payload, state: 'stop' } }
  const tell = () => void peer.world.bus.pass(room, { event: stop, cause: peer.id })
  if (state === 'start') setTimeout(tell, peer.world.limits.typing_ttl_ms)
  peer.ok<'typing'>`,
    about: 'The server says `stop` for who says nothing more.',
    shows: 'no typing but the four that were sent, got {…"state":"stop"}',
  },
  {
    id: 'ephemeral/signal-comes-back',
    requirement: 'ephemeral/not-to-its-sender',
    file: 'ephemeral.ts',
    before: `cause: peer.id })
  peer.ok<'signal'>`,
    after: `})
  peer.ok<'signal'>`,
    about: 'Who moves a cursor is told so.',
    shows: 'users of each signal to alice ["…"], got ["…","…"]',
  },
]
