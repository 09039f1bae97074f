/** Faults in what outlives a connection. */
import type { RuleMutant } from '../mutate.ts'

export const SESSION_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'session/reason-without-a-question',
    requirement: 'session/hello-without-one-gets-one',
    file: 'resume-session.ts',
    before: 'named && !state ?',
    after: '!state ?',
    about: 'Who asks for no session is told that it was not found.',
    shows: 'resumed and reason [false,null], got [false,"not_found"]',
  },
  {
    id: 'session/ids-are-counted',
    requirement: 'session/ids-are-unguessable',
    file: 'in-process-sessions.ts',
    before: `const id = randomBytes(18).toString('base64url')`,
    after: `const id = \`s\${this.sessions.size + 1}\``,
    about: 'Session ids are counted up.',
    shows: 'ids with room for 128 bits that differ from one to the next, got',
  },
  {
    id: 'session/ids-are-short',
    requirement: 'session/ids-are-unguessable',
    file: 'in-process-sessions.ts',
    before: 'randomBytes(18)',
    after: 'randomBytes(8)',
    about: 'A session id has 64 bits.',
    shows: 'ids with room for 128 bits that differ from one to the next, got 6',
  },
  {
    id: 'session/resumed-under-a-new-id',
    requirement: 'session/resumed-keeps-its-id',
    file: 'resume-session.ts',
    before: 'const id = named && state ? named.id : await',
    after: 'const id = await',
    about: 'A resumed session gets another id.',
    shows: 'session {"id":"…","resumed":true}, got {"id":"…","resumed":true}',
  },
  {
    id: 'session/empty-ones-are-dropped',
    requirement: 'session/resumes-without-events',
    file: 'in-process-sessions.ts',
    before: `    session.holder = undefined
`,
    after: `    session.holder = undefined
    if (session.state.rooms.length === 0) this.sessions.delete(id)
`,
    about: 'A session without rooms is not kept.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
  {
    id: 'session/rooms-are-forgotten',
    requirement: 'session/restores-subscriptions',
    file: 'resume-session.ts',
    before: 'of state?.rooms ?? []',
    after: 'of [] as { room: string; presence: boolean }[]',
    about: 'A resumed session has no rooms.',
    shows: ['rooms ["@me","…","…"], got ["@me"]', 'rooms, beside @me 9, got 1'],
  },
  {
    id: 'session/rooms-only-grow',
    requirement: 'session/left-rooms-are-not-restored',
    file: 'in-process-sessions.ts',
    before: `    if (session) session.state = state
`,
    after: `    if (session === undefined) return
    const rooms = [...session.state.rooms, ...state.rooms].map((one) => [one.room, one] as const)
    session.state = { ...state, rooms: [...new Map(rooms).values()] }
`,
    about: 'A room that was left is restored.',
    shows: 'rooms ["@me","…"], got ["@me","…","…"]',
  },
  {
    id: 'session/positions-are-ignored',
    requirement: 'session/positions-replay',
    file: 'resume-session.ts',
    before: '{ position: positionOf(room), presence }',
    after: '{ presence }',
    about: 'Restored rooms go live, whatever position the client names.',
    shows: [
      'the two rooms [{"recovered":true,…, got [{…"recovered":false,"replay_count":0',
      '"replay_count":0,"gap":{"reason":"epoch"}}, got {…"replay_count":0}',
    ],
  },
  {
    id: 'session/no-position-is-a-gap',
    requirement: 'session/without-position-goes-live',
    file: 'resume-session.ts',
    before: 'positions[room] : undefined)',
    after: `positions[room] : state && { epoch: '', seq: 0 })`,
    about: 'A restored room without a position is told of a gap.',
    shows: 'the entry of the room {…"replay_count":0}, got {…"gap":{"reason":"epoch"}',
  },
  {
    id: 'session/positions-subscribe',
    requirement: 'session/positions-need-a-resumed-session',
    file: 'resume-session.ts',
    before: 'of state?.rooms ?? []',
    after: 'of state?.rooms ?? Object.keys(positions).map((room) => ({ room, presence: false }))',
    about: '`positions` subscribe to their rooms without a session, too.',
    shows: 'rooms ["@me"], got ["@me","…"]',
  },
  {
    id: 'session/positions-add-rooms',
    requirement: 'session/positions-of-other-rooms-are-ignored',
    file: 'resume-session.ts',
    before: 'of state?.rooms ?? []',
    after: `of [
    ...(state?.rooms ?? []),
    ...(state ? Object.keys(positions) : [])
      .filter((room) => room !== ME && !state?.rooms.some((one) => one.room === room))
      .map((room) => ({ room, presence: false })),
  ]`,
    about: '`positions` add rooms to a session that it never had.',
    shows: 'rooms ["@me","…"], got ["","@me","Not A Room","constructor",',
  },
  {
    id: 'session/window-is-halved',
    requirement: 'session/lasts-the-resume-window',
    file: 'in-process-sessions.ts',
    before: 'this.windowMs + SLACK_MS',
    after: 'this.windowMs / 2',
    about: 'A session is forgotten before its window ends.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
  {
    id: 'session/window-never-ends',
    requirement: 'session/expired-is-not-found',
    file: 'in-process-sessions.ts',
    before: 'this.windowMs + SLACK_MS',
    after: 'this.windowMs * 100',
    about: 'A session is kept long after its window.',
    shows: 'resumed and reason {"resumed":false,"reason":"not_found"}, got {"resumed":true}',
  },
  {
    id: 'session/unknown-is-adopted',
    requirement: 'session/unknown-is-not-found',
    file: 'resume-session.ts',
    before: 'named && state ? named.id',
    after: 'named ? named.id',
    about: 'A client can choose the id of its session.',
    shows: 'a new session.id, got the one that was asked for',
  },
  {
    id: 'session/owner-is-not-checked',
    requirement: 'session/of-another-user-is-not-found',
    file: 'in-process-sessions.ts',
    before: ' || session.sub !== sub',
    after: '',
    about: 'Whoever knows the id of a session can resume it.',
    shows: 'resumed and reason {"resumed":false,"reason":"not_found"}, got {"resumed":true}',
  },
  {
    id: 'session/attempt-takes-over',
    requirement: 'session/attempt-of-another-user-harms-nothing',
    file: 'in-process-sessions.ts',
    before: `    if (session === undefined || session.sub !== sub) return undefined
`,
    after: `    if (session && session.sub !== sub) session.holder?.replaced()
    if (session === undefined || session.sub !== sub) return undefined
`,
    about: 'The owner is checked after the old connection was closed.',
    shows: 'ok to send_message, got …then close 4104 session_replaced',
  },
  {
    id: 'session/bound-to-its-token',
    requirement: 'session/survives-another-token',
    file: 'resume-session.ts',
    before: `  const state = named && (await sessions.resume(named.id, claims.sub, peer))
`,
    after: `  const tokens: Map<string, string> = ((peer.world as any).tokens ??= new Map())
  const { digest } = peer.credential as any
  const isSame = named && tokens.get(named.id) === digest
  const state = named && isSame ? await sessions.resume(named.id, claims.sub, peer) : undefined
  queueMicrotask(async () => {
    await new Promise(setImmediate)
    if ((peer as any).lease) tokens.set((peer as any).lease.session, digest)
  })
`,
    about: 'A session is bound to the token that it was made with.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
  {
    id: 'session/forbidden-is-restored',
    requirement: 'session/forbidden-room-is-not-restored',
    file: 'resume-session.ts',
    before: `    if (!mayRead(claims.grants, room)) forbidden.push(room)
    else opened`,
    after: '    opened',
    about: 'The rooms of a session are restored without a look at the grants.',
    shows: 'the entry of the room [{…"code":"forbidden"}], got [{…"recovered":true',
  },
  {
    id: 'session/outlives-1000',
    requirement: 'session/client-1000-ends-it',
    file: 'connection.ts',
    before: `endsSession = how === 'left'`,
    after: 'endsSession = false',
    about: 'Who says goodbye can be resumed.',
    shows: 'resumed and reason {"resumed":false,"reason":"not_found"}, got {"resumed":true}',
  },
  {
    id: 'session/any-end-ends-it',
    requirement: 'session/other-ends-keep-it',
    file: 'connection.ts',
    before: `endsSession = how === 'left'`,
    after: 'endsSession = true',
    about: 'A lost connection ends its session.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
  {
    id: 'session/our-closes-end-it',
    requirement: 'session/other-ends-keep-it',
    file: 'connection.ts',
    before: 'code === CLOSE_CODES.revoked.code',
    after: 'code >= 4100',
    about: 'Every close of the server ends the session.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
  {
    id: 'session/welcome-has-presence',
    requirement: 'session/welcome-omits-presence',
    file: 'resume-session.ts',
    before: 'opened.map(({ answer: { presence: _, ...room } }) => room)',
    after: 'opened.map(({ answer }) => answer)',
    about: 'A restored room is answered like a subscribe, snapshot and all.',
    shows: 'rooms with a snapshot of presence [], got [',
  },
  {
    id: 'session/flag-is-forgotten',
    requirement: 'session/restores-presence-flag',
    file: 'resume-session.ts',
    before: '{ position: positionOf(room), presence }',
    after: '{ position: positionOf(room) }',
    about: 'Restored rooms are no longer watched.',
    shows: 'a presence of bob, got … within',
  },
  {
    id: 'session/two-connections-one-session',
    requirement: 'session/takeover-closes-4104',
    file: 'in-process-sessions.ts',
    before: `    former?.replaced()
`,
    after: '',
    about: 'The old connection stays beside the new one.',
    shows: 'close 4104 session_replaced, got an open connection',
  },
  {
    id: 'session/old-one-lingers',
    requirement: 'session/takeover-stops-delivery',
    file: 'connection.ts',
    before: `    this.fail('session_replaced', 'another connection took the session over')`,
    after: `    setTimeout(() => this.fail('session_replaced', 'another connection took the session over'), 500)`,
    about: 'The old connection is told half a second later, and gets everything until then.',
    shows: 'messages to the old connection 0, got',
  },
  {
    id: 'session/old-end-deletes-it',
    requirement: 'session/takeover-old-close-is-harmless',
    file: 'in-process-sessions.ts',
    before: `    if (session === undefined) return
    session.holder = undefined
`,
    after: `    if (session === undefined) this.sessions.delete(id)
    if (session === undefined) return
    session.holder = undefined
`,
    about: 'The late end of the old connection deletes the session of the new one.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
  {
    id: 'session/positions-count-without-a-session',
    requirement: 'session/positions-need-a-resumed-session',
    file: 'resume-session.ts',
    before: '(state && Object.hasOwn',
    after: '(Object.hasOwn',
    about: 'Positions are replayed though no session was resumed.',
    shows: 'the entry of @me {…"recovered":false,"replay_count":0}, got {…"recovered":true,"replay_count":1}',
  },
  {
    id: 'session/window-runs-on',
    requirement: 'session/lasts-the-resume-window',
    file: 'in-process-sessions.ts',
    before: '    session.keep()\n',
    after: '',
    about: 'The window of the first end runs on under the connection that has resumed.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
  {
    id: 'session/ends-with-faults',
    requirement: 'session/other-ends-keep-it',
    file: 'connection.ts',
    before: 'code === CLOSE_CODES.revoked.code',
    after: 'code < 4100 || code === CLOSE_CODES.revoked.code',
    about: 'A close for a fault of the client ends its session.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
]
