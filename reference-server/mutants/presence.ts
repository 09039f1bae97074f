/** Faults in who is there. */
import type { Mutant } from '../mutate.ts'

export const PRESENCE_MUTANTS: readonly Mutant[] = [
  {
    id: 'presence/no-join',
    requirement: 'presence/join-with-first-connection',
    file: 'in-process-presence.ts',
    before: `    await this.tell('join', room, attendee, person, connection)
`,
    after: '',
    about: 'Nobody is told who comes.',
  },
  {
    id: 'presence/each-connection-joins',
    requirement: 'presence/further-connections-are-silent',
    file: 'in-process-presence.ts',
    before: `      present.connections.add(connection)
`,
    after: `      if (!present.connections.has(connection)) await this.tell('join', room, present, { status: 'online', rooms: new Set() }, connection)
      present.connections.add(connection)
`,
    about: 'Connections are counted, not users.',
  },
  {
    id: 'presence/resubscribe-flickers',
    requirement: 'presence/duplicate-subscribe-is-silent',
    file: 'subscriptions.ts',
    before: '    await presence.enter(',
    after: `    await presence.exit(room, user.id, this.subscriber.id, 'left')
    await presence.enter(`,
    about: 'A second `subscribe` leaves and joins again.',
  },
  {
    id: 'presence/all-are-watchers',
    requirement: 'presence/only-for-watchers',
    file: 'rooms.ts',
    before: 'private watchedFrom = Number.POSITIVE_INFINITY',
    after: 'private watchedFrom = 0',
    about: 'Who did not ask for it gets presence, too.',
  },
  {
    id: 'presence/join-comes-back',
    requirement: 'presence/join-is-not-sent-to-its-cause',
    file: 'in-process-presence.ts',
    before: `    await this.tell('join', room, attendee, person, connection)
`,
    after: `    setTimeout(() => this.tell('join', room, attendee, person), 5)
`,
    about: 'Who joins is told so.',
  },
  {
    id: 'presence/snapshot-without-oneself',
    requirement: 'presence/snapshot-has-the-present',
    file: 'subscriptions.ts',
    before: `    return listing
`,
    after: `    return { ...listing, users: listing.users.filter((one) => one.user.id !== user.id) }
`,
    about: 'The snapshot is taken before the subscriber is in it.',
  },
  {
    id: 'presence/entry-per-connection',
    requirement: 'presence/snapshot-has-the-present',
    file: 'in-process-presence.ts',
    before: 'attendees.slice(0, most)',
    after: 'attendees.flatMap((one) => [...one.connections].map(() => one)).slice(0, most)',
    about: 'Who has two connections is listed twice.',
  },
  {
    id: 'presence/get-misses-one',
    requirement: 'presence/get-has-the-present',
    file: 'presence-commands.ts',
    before: '{ room, users, count, truncated }',
    after: '{ room, users: users.slice(1), count, truncated }',
    about: 'A list of the present leaves out the first.',
  },
  {
    id: 'presence/get-needs-subscription',
    requirement: 'presence/get-needs-no-subscription',
    file: 'presence-commands.ts',
    before: '  const { users, count,',
    after: `  if (!peer.subscriptions.has(room)) return peer.refuse(message, 'not_subscribed', 'not subscribed')
  const { users, count,`,
    about: 'Only who is subscribed may ask who is there.',
  },
  {
    id: 'presence/get-needs-no-grant',
    requirement: 'presence/get-needs-a-grant-to-read',
    file: 'presence-commands.ts',
    before: `  if (!mayRead(grants, room)) return peer.refuse(message, 'forbidden', 'no grant to read this room')
`,
    after: '',
    about: 'Everybody may ask who is in a room.',
  },
  {
    id: 'presence/list-is-not-cut',
    requirement: 'presence/truncated-beyond-the-maximum',
    file: 'in-process-presence.ts',
    before: 'attendees.slice(0, most)',
    after: 'attendees',
    about: 'Everybody is listed, however many they are.',
  },
  {
    id: 'presence/cut-is-not-told',
    requirement: 'presence/truncated-beyond-the-maximum',
    file: 'subscriptions.ts',
    before: 'truncated: users.length < count',
    after: 'truncated: false',
    about: 'A list that was cut does not say so.',
  },
  {
    id: 'presence/only-the-listed-count',
    requirement: 'presence/truncated-beyond-the-maximum',
    file: 'in-process-presence.ts',
    before: 'count: attendees.length',
    after: 'count: users.length',
    about: '`count` is the length of the list.',
  },
  {
    id: 'presence/no-grace',
    requirement: 'presence/leave-after-the-grace',
    file: 'in-process-presence.ts',
    before: `if (how === 'left')`,
    after: 'if (how)',
    about: 'Who breaks leaves at once.',
  },
  {
    id: 'presence/grace-is-absence',
    requirement: 'presence/present-within-the-grace',
    file: 'in-process-presence.ts',
    before: '[...(this.rooms.get(room)?.values() ?? [])]',
    after: '[...(this.rooms.get(room)?.values() ?? [])].filter(({ connections }) => connections.size > 0)',
    about: 'Who broke is not listed, though nobody was told.',
  },
  {
    id: 'presence/zombie-timer',
    requirement: 'presence/back-within-the-grace-is-silent',
    file: 'in-process-presence.ts',
    before: `      present.endGrace()
`,
    after: '',
    about: 'The timer of the grace goes on after the user came back.',
  },
  {
    id: 'presence/flicker-on-return',
    requirement: 'presence/back-within-the-grace-is-silent',
    file: 'in-process-presence.ts',
    before: `      present.user = user
`,
    after: `      present.user = user
      if (present.connections.size === 0) await this.tell('join', room, present, { status: 'online', rooms: new Set() }, connection)
`,
    about: 'Who comes back within the grace joins again.',
  },
  {
    id: 'presence/takeover-leaves',
    requirement: 'presence/takeover-is-silent',
    file: 'connection.ts',
    before: `  replaced(): void {
`,
    after: `  replaced(): void {
    void this.subscriptions.leaveAll(this.sub ?? '', 'left')
`,
    about: 'The old connection leaves before the new one joins.',
  },
  {
    id: 'presence/goodbye-has-a-grace',
    requirement: 'presence/close-1000-leaves-at-once',
    file: 'connection.ts',
    before: `code === 1000 ? 'left' : 'lost'`,
    after: `code === 0 ? 'left' : 'lost'`,
    about: 'A close on purpose is taken for an accident.',
  },
  {
    id: 'presence/unsubscribe-has-a-grace',
    requirement: 'presence/unsubscribe-leaves-at-once',
    file: 'subscribe.ts',
    before: `leave(room, sub, 'left')`,
    after: `leave(room, sub, 'lost')`,
    about: 'Who unsubscribes is present for the grace.',
  },
  {
    id: 'presence/lost-grant-has-a-grace',
    requirement: 'presence/lost-grant-leaves-at-once',
    file: 'refresh.ts',
    before: `leave(room, claims.sub, 'left')`,
    after: `leave(room, claims.sub, 'lost')`,
    about: 'Who lost the grant is present for the grace.',
  },
  {
    id: 'presence/other-grace-delays',
    requirement: 'presence/at-once-despite-another-grace',
    file: 'in-process-presence.ts',
    before: `    if (!attendee?.connections.delete(connection) || attendee.connections.size > 0) return
    if (how === 'left')`,
    after: `    if (attendee && how === 'lost') (attendee as any).brokeAt = Date.now()
    if (!attendee?.connections.delete(connection) || attendee.connections.size > 0) return
    if (how === 'left' && !(Date.now() - (attendee as any).brokeAt < this.graceMs))`,
    about: 'A connection that broke a moment ago delays the leave on purpose.',
  },
  {
    id: 'presence/revoked-leaves-at-once',
    requirement: 'presence/revoked-keeps-the-grace',
    file: 'connection.ts',
    before: `this.closed('lost', code === CLOSE_CODES.revoked.code)`,
    after: `this.closed(code === CLOSE_CODES.revoked.code ? 'left' : 'lost', code === CLOSE_CODES.revoked.code)`,
    about: 'A revoked user leaves at once.',
  },
  {
    id: 'presence/status-in-one-room',
    requirement: 'presence/status-reaches-watchers',
    file: 'in-process-presence.ts',
    before: 'for (const room of person.rooms)',
    after: 'for (const room of [...person.rooms].slice(0, 1))',
    about: 'A status is told in one room only.',
  },
  {
    id: 'presence/first-status-wins',
    requirement: 'presence/last-status-wins',
    file: 'in-process-presence.ts',
    before: `    person.status = status
`,
    after: `    if (person.status === 'online') person.status = status
`,
    about: 'A status can be set once.',
  },
  {
    id: 'presence/unchanged-is-told',
    requirement: 'presence/unchanged-status-is-silent',
    file: 'in-process-presence.ts',
    before: `    if (person.status === status) return true
`,
    after: '',
    about: 'Setting the same status again is an event.',
  },
  {
    id: 'presence/status-outlives-rooms',
    requirement: 'presence/status-ends-with-the-last-room',
    file: 'in-process-presence.ts',
    before: `    if (person.rooms.size === 0) this.people.delete(sub)
`,
    after: '',
    about: 'A status is kept for whoever was ever here.',
  },
  {
    id: 'presence/status-is-not-restored',
    requirement: 'presence/restored-status-in-no-room',
    file: 'resume-session.ts',
    before: 'peer.subscriptions.idleStatus = state.status',
    after: `peer.subscriptions.idleStatus = 'online'`,
    about: 'A session does not bring its status back.',
  },
  {
    id: 'presence/restored-status-wins',
    requirement: 'presence/restored-status-yields',
    file: 'resume-session.ts',
    before: '  for (const { room, presence } of',
    after: `  if (state) await presence.setStatus(claims.sub, state.status)
  for (const { room, presence } of`,
    about: 'A resumed session sets its old status over the present one.',
  },
  {
    id: 'presence/rev-begins-anew',
    requirement: 'presence/rev-grows',
    file: 'in-process-presence.ts',
    before: `    attendee.rev = this.rev
    const payload = { room, user: attendee.user, status, rev: this.rev, event }
`,
    after: `    attendee.rev = Math.max(attendee.rev, 1000) + 1
    const payload = { room, user: attendee.user, status, rev: attendee.rev, event }
`,
    about: '`rev` begins anew when a user comes back.',
  },
  {
    id: 'presence/snapshot-of-another-counter',
    requirement: 'presence/rev-compares-with-snapshot',
    file: 'in-process-presence.ts',
    before: 'status: this.statusIn(user.id), rev }',
    after: 'status: this.statusIn(user.id), rev: rev + 1_000_000 }',
    about: 'The `rev` of a snapshot comes from another counter.',
  },
]
