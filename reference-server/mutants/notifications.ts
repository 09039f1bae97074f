/** Faults in what the service tells. */
import type { RuleMutant } from '../mutate.ts'

export const NOTIFICATIONS_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'notifications/welcome-hides-me',
    requirement: 'notifications/welcome-lists-me',
    file: 'resume-session.ts',
    before: 'const restored = opened.map(',
    after: 'const restored = opened.slice(1).map(',
    about: '`@me` is subscribed and not listed.',
    shows: '@me in welcome.rooms, got []',
  },
  {
    id: 'notifications/first-connection-only',
    requirement: 'notifications/reach-all-connections',
    file: 'rooms.ts',
    before: 'for (const member of room.members) member.deliver(frame)',
    after: `for (const member of entry.type === 'notification' ? [...room.members].slice(0, 1) : room.members) member.deliver(frame)`,
    about: 'A notification reaches one connection of its user.',
    shows: 'a notification bare, got … within',
  },
  {
    id: 'notifications/body-is-lost',
    requirement: 'notifications/reach-all-connections',
    file: 'control.ts',
    before: '...(body !== undefined && { body }), ',
    after: '',
    about: 'A notification arrives without its body.',
    shows: '["mention","full","Come and see…, got [["mention","full",null,{"nested":',
  },
  {
    id: 'notifications/one-stream-for-all',
    requirement: 'notifications/reach-nobody-else',
    file: 'bus.ts',
    before: `return room === ME ? \`\${ME} \${sub}\` : room`,
    after: 'return room',
    about: 'Everybody hears the notifications of all.',
    shows: 'seq and title to bob [[1,"to bob"]], got [[1,"one"],[2,"two"],[3,"to bob"]]',
  },
  {
    id: 'notifications/seq-skips-one',
    requirement: 'notifications/seq-is-contiguous',
    file: 'in-process-bus.ts',
    before: 'const seq = stream.seq + 1',
    after: `const seq = stream.seq + (draft.type === 'notification' ? 2 : 1)`,
    about: 'Notifications take two numbers each.',
    shows:
      'seq and title [[1,"one"],[2,"two"],[3,"three"],[4,"four"]], got [[2,"one"],[4,"two"],[6,"three"],[8,"four"]]',
  },
  {
    id: 'notifications/positions-are-ignored',
    requirement: 'notifications/resume-through-positions',
    file: 'resume-session.ts',
    before: '{ position: positionOf(ME) }',
    after: '{}',
    about: '`@me` goes live, whatever position the client names.',
    shows: 'recovered, replay_count and head_seq [true,2,3], got [false,0,3]',
  },
  {
    id: 'notifications/only-for-the-present',
    requirement: 'notifications/have-history',
    file: 'in-process-bus.ts',
    before: `    this.keep(stream, entry)
`,
    after: `    if (draft.type !== 'notification' || stream.listeners.size > 0) this.keep(stream, entry)
`,
    about: 'What comes while nobody is there is not stored.',
    shows: 'type, seq and title [["notification",1,"one"],…, got []',
  },
  {
    id: 'notifications/history-needs-a-grant',
    requirement: 'notifications/have-history',
    file: 'history.ts',
    before: 'room !== ME && ',
    after: '',
    about: '`history` of `@me` is forbidden, since no grant opens it.',
    shows: 'ok to history, got error forbidden: no grant to read this room',
  },
  {
    id: 'notifications/me-counts',
    requirement: 'notifications/me-is-no-room-of-max-rooms',
    file: 'subscribe.ts',
    before: 'subscriptions.rooms.length >= max_rooms',
    after: 'subscriptions.rooms.length + 1 >= max_rooms',
    about: '`@me` counts as a room.',
    shows: 'ok to subscribe, got error limit_exceeded: at most 8 rooms',
  },
  {
    id: 'notifications/system-message-is-not-live',
    requirement: 'notifications/system-message-is-a-message',
    file: 'rooms.ts',
    before: `  room.head = entry.seq
`,
    after: `  room.head = entry.seq
  if (entry.type === 'system_message') return
`,
    about: 'A system_message is stored and not delivered.',
    shows: '["system_message",2,…, got [["user_message",1,"one"],["user_message",3,"three"]]',
  },
  {
    id: 'notifications/system-message-is-not-stored',
    requirement: 'notifications/system-message-is-stored',
    file: 'in-process-bus.ts',
    before: `    this.keep(stream, entry)
`,
    after: `    if (draft.type !== 'system_message') this.keep(stream, entry)
`,
    about: 'A system_message is delivered and not stored.',
    shows: 'replay_count 1, got 0',
  },
]
