/** Faults in who is there. */
import type { RuleMutant } from '../mutate.ts'

export const PRESENCE_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'presence/no-join',
    requirement: 'presence/join-with-first-connection',
    file: 'in-process-presence.ts',
    before: `    await this.tell('join', room, attendee, person, connection)
`,
    after: '',
    about: 'Nobody is told who comes.',
    shows: 'presence to walt: join of …, got … within',
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
    shows: 'events of alice ["join online","update away"], got ["join online","join online",',
  },
  {
    id: 'presence/resubscribe-flickers',
    requirement: 'presence/duplicate-subscribe-is-silent',
    file: 'subscriptions.ts',
    before: '    await presence.enter(',
    after: `    await presence.exit(room, user.id, this.subscriber.id, 'left')
    await presence.enter(`,
    about: 'A second `subscribe` leaves and joins again.',
    shows: 'events of alice ["join online","leave online"], got ["join online","leave online","join online",',
  },
  {
    id: 'presence/all-are-watchers',
    requirement: 'presence/only-for-watchers',
    file: 'rooms.ts',
    before: 'private watchedFrom = Number.POSITIVE_INFINITY',
    after: 'private watchedFrom = 0',
    about: 'Who did not ask for it gets presence, too.',
    shows: 'presence events to ned 0, got 3',
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
    shows: 'events of alice to herself ["update away"], got ["join online","update away"]',
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
    shows: 'users present ["… online","… dnd"], got ["… dnd"]',
  },
  {
    id: 'presence/entry-per-connection',
    requirement: 'presence/snapshot-has-the-present',
    file: 'in-process-presence.ts',
    before: 'attendees.slice(0, most)',
    after: 'attendees.flatMap((one) => [...one.connections].map(() => one)).slice(0, most)',
    about: 'Who has two connections is listed twice.',
    shows: 'users present ["… online","… dnd"], got ["… online","… dnd","… dnd"]',
  },
  {
    id: 'presence/get-misses-one',
    requirement: 'presence/get-has-the-present',
    file: 'presence-commands.ts',
    before: '{ room, users, count, truncated }',
    after: '{ room, users: users.slice(1), count, truncated }',
    about: 'A list of the present leaves out the first.',
    shows: 'users present ["… online","… away"], got ["… away"]',
  },
  {
    id: 'presence/get-needs-subscription',
    requirement: 'presence/get-needs-no-subscription',
    file: 'presence-commands.ts',
    before: '  const { users, count,',
    after: `  if (!peer.subscriptions.has(room)) return peer.refuse(message, 'not_subscribed', 'not subscribed')
  const { users, count,`,
    about: 'Only who is subscribed may ask who is there.',
    shows: 'ok to presence_get, got error not_subscribed: not subscribed',
  },
  {
    id: 'presence/get-needs-no-grant',
    requirement: 'presence/get-needs-a-grant-to-read',
    file: 'presence-commands.ts',
    before: `  if (!mayRead(grants, room)) return peer.refuse(message, 'forbidden', 'no grant to read this room')
`,
    after: '',
    about: 'Everybody may ask who is in a room.',
    shows: 'error forbidden, got ok',
  },
  {
    id: 'presence/list-is-not-cut',
    requirement: 'presence/truncated-beyond-the-maximum',
    file: 'in-process-presence.ts',
    before: 'attendees.slice(0, most)',
    after: 'attendees',
    about: 'Everybody is listed, however many they are.',
    shows:
      '{"users":20,"listed":20,"count":21,"truncated":true}, got {"users":21,"listed":21,"count":21,"truncated":false}',
  },
  {
    id: 'presence/cut-is-not-told',
    requirement: 'presence/truncated-beyond-the-maximum',
    file: 'subscriptions.ts',
    before: 'truncated: users.length < count',
    after: 'truncated: false',
    about: 'A list that was cut does not say so.',
    shows: '"listed":20,"count":21,"truncated":true}, got {"users":20,"listed":20,"count":21,"truncated":false}',
  },
  {
    id: 'presence/only-the-listed-count',
    requirement: 'presence/truncated-beyond-the-maximum',
    file: 'in-process-presence.ts',
    before: 'count: attendees.length',
    after: 'count: users.length',
    about: '`count` is the length of the list.',
    shows: '"listed":20,"count":21,"truncated":true}, got {"users":20,"listed":20,"count":20,',
  },
  {
    id: 'presence/no-grace',
    requirement: 'presence/leave-after-the-grace',
    file: 'in-process-presence.ts',
    before: `if (how === 'left')`,
    after: 'if (how)',
    about: 'Who breaks leaves at once.',
    shows: 'a leave not before the grace of … ms is over, got',
  },
  {
    id: 'presence/grace-is-absence',
    requirement: 'presence/present-within-the-grace',
    file: 'in-process-presence.ts',
    before: '[...(this.rooms.get(room)?.values() ?? [])]',
    after: '[...(this.rooms.get(room)?.values() ?? [])].filter(({ connections }) => connections.size > 0)',
    about: 'Who broke is not listed, though nobody was told.',
    shows: 'users present ["… online","… online"], got ["… online"]',
  },
  {
    id: 'presence/zombie-timer',
    requirement: 'presence/back-within-the-grace-is-silent',
    file: 'in-process-presence.ts',
    before: `      present.endGrace()
`,
    after: '',
    about: 'The timer of the grace goes on after the user came back.',
    shows: 'events of bob ["join online"], got ["join online","leave online"]',
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
    shows: 'events of bob ["join online"], got ["join online","join online"]',
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
    shows: 'events of bob ["join online"], got ["join online","leave online","join online"]',
  },
  {
    id: 'presence/goodbye-has-a-grace',
    requirement: 'presence/close-1000-leaves-at-once',
    file: 'connection.ts',
    before: `code === 1000 ? 'left' : 'lost'`,
    after: `code === 0 ? 'left' : 'lost'`,
    about: 'A close on purpose is taken for an accident.',
    shows: 'events of bob ["join","leave","join","update"], got ["join","update"]',
  },
  {
    id: 'presence/unsubscribe-has-a-grace',
    requirement: 'presence/unsubscribe-leaves-at-once',
    file: 'subscribe.ts',
    before: `leave(room, sub, 'left')`,
    after: `leave(room, sub, 'lost')`,
    about: 'Who unsubscribes is present for the grace.',
    shows: 'events of bob ["join","leave","join","update"], got ["join","update"]',
  },
  {
    id: 'presence/lost-grant-has-a-grace',
    requirement: 'presence/lost-grant-leaves-at-once',
    file: 'refresh.ts',
    before: `leave(room, claims.sub, 'left')`,
    after: `leave(room, claims.sub, 'lost')`,
    about: 'Who lost the grant is present for the grace.',
    shows: 'events of bob ["join","leave","join","update"], got ["join","update"]',
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
    shows: 'events of bob ["join","leave","join","update"], got ["join","update"]',
  },
  {
    id: 'presence/revoked-leaves-at-once',
    requirement: 'presence/revoked-keeps-the-grace',
    file: 'connection.ts',
    before: `this.closed('lost', code === CLOSE_CODES.revoked.code)`,
    after: `this.closed(code === CLOSE_CODES.revoked.code ? 'left' : 'lost', code === CLOSE_CODES.revoked.code)`,
    about: 'A revoked user leaves at once.',
    shows: 'a leave not before the grace of … ms is over, got',
  },
  {
    id: 'presence/status-in-one-room',
    requirement: 'presence/status-reaches-watchers',
    file: 'in-process-presence.ts',
    before: 'for (const room of person.rooms)',
    after: 'for (const room of [...person.rooms].slice(0, 1))',
    about: 'A status is told in one room only.',
    shows: 'presence to wanda: update of …, got … within',
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
    shows: 'the status "… dnd", got "… away"',
  },
  {
    id: 'presence/unchanged-is-told',
    requirement: 'presence/unchanged-status-is-silent',
    file: 'in-process-presence.ts',
    before: `    if (person.status === status) return true
`,
    after: '',
    about: 'Setting the same status again is an event.',
    shows:
      'events of alice ["join online","update dnd","update away"], got ["join online","update online","update dnd","update dnd",',
  },
  {
    id: 'presence/status-outlives-rooms',
    requirement: 'presence/status-ends-with-the-last-room',
    file: 'in-process-presence.ts',
    before: `    if (person.rooms.size === 0) this.people.delete(sub)
`,
    after: '',
    about: 'A status is kept for whoever was ever here.',
    shows: [
      'joins of alice ["join online","join dnd","join online"], got ["join online","join dnd","join dnd"]',
      'the status of the last join "join online", got "join dnd"',
    ],
  },
  {
    id: 'presence/status-is-not-restored',
    requirement: 'presence/restored-status-in-no-room',
    file: 'resume-session.ts',
    before: 'peer.subscriptions.idleStatus = state.status',
    after: `peer.subscriptions.idleStatus = 'online'`,
    about: 'A session does not bring its status back.',
    shows: [
      'the status of the last join "join dnd", got "join online"',
      'events of alice ["join dnd"], got ["join online"]',
    ],
  },
  {
    id: 'presence/restored-status-wins',
    requirement: 'presence/restored-status-yields',
    file: 'resume-session.ts',
    before: '  for (const { room, presence } of',
    after: `  if (state) await presence.setStatus(claims.sub, state.status)
  for (const { room, presence } of`,
    about: 'A resumed session sets its old status over the present one.',
    shows: '"update dnd","update away","update online"], got […"update away","update dnd","update online"]',
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
    shows: 'rev that grows from each event to the next, got [1001,1002,1003,1001,',
  },
  {
    id: 'presence/snapshot-of-another-counter',
    requirement: 'presence/rev-compares-with-snapshot',
    file: 'in-process-presence.ts',
    before: 'status: this.statusIn(user.id), rev }',
    after: 'status: this.statusIn(user.id), rev: rev + 1_000_000 }',
    about: 'The `rev` of a snapshot comes from another counter.',
    shows: 'a rev over 100…, which was listed before, got',
  },
]
