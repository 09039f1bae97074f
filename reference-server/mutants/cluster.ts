/** Faults on the way between nodes: each server alone is right, and several of them are not one. */
import type { RuleMutant } from '../mutate.ts'

/** The one call with which a message is published. */
const PUBLISHING = `    const answer = await this.run(PUBLISH, name, args, once ? [\`\${channelOf(name)}:once:\${once.key}\`] : [])
`

/** What each of these adds to the way between nodes stands in a script of its own. */
const WITH_SCRIPTS = `    const { script } = await import('./broker.ts')
`

/** Numbers a message; what remains to be done of PUBLISH is done later. */
const NUMBERED = `${WITH_SCRIPTS}    const [numbering] = PUBLISH.lua.split("redis.call('XADD'")
    const answer = await this.run(script(numbering + "return {'accepted', entry}"), name, args, once ? [\`\${channelOf(name)}:once:\${once.key}\`] : [])
    const written = (answer as string[])[1] ?? ''
    const store = script("redis.pcall('XADD', KEYS[2], ARGV[1] .. '-0', 'entry', ARGV[2])")
    const stores = () => this.broker.run(store, keysOf(name), [JSON.parse(written).seq, written]).catch(() => {})
    const tells = () => this.broker.run(PASS, keysOf(name), [channelOf(name), '{"stored":' + written + '}']).catch(() => {})
`

export const CLUSTER_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'cluster/epoch-of-each-node',
    requirement: 'cluster/one-order-on-all-nodes',
    file: 'redis/follower.ts',
    before: "    return this.heard ?? { epoch: '', seq: 0 }",
    after: `    const epoch = ((this as any).own ??= Math.random().toString(36).slice(2))
    return { ...(this.heard ?? { seq: 0 }), epoch }`,
    about: 'Each node has an epoch of its own for a room.',
    shows: 'the number of epochs that a new room is told to have 1, got 2',
  },
  {
    id: 'cluster/seq-is-read-and-written',
    requirement: 'cluster/one-order-on-all-nodes',
    file: 'redis/bus.ts',
    before: PUBLISHING,
    after: `${WITH_SCRIPTS}    const { head } = await this.readRange(name, ['XREVRANGE', '+', '-', 1])
    const counting = PUBLISH.lua.replace("redis.call('HINCRBY', head, 'seq', 1)", String(head.seq + 1))
    const naive = script(counting.replace("redis.call('XADD'", "redis.call('HSET', head, 'seq', seq) redis.pcall('XADD'"))
    const answer = await this.run(naive, name, args, once ? [\`\${channelOf(name)}:once:\${once.key}\`] : [])
`,
    about: 'The seq is read and written in two steps: two nodes give the same one.',
    shows: ['a user_message of seq …, got', 'the seqs and ids of the answers, in order'],
  },
  {
    id: 'cluster/listens-after-the-snapshot',
    requirement: 'cluster/one-order-on-all-nodes',
    file: 'redis/bus.ts',
    before: `    const opened = this.broker.listen(channel, hear)
`,
    after: `    const opened = follower.catchUp().then(() => {
      const naive = follower as any
      naive.catchUp = async () => {}
      naive.take = naive.tell
      return this.broker.listen(channel, hear)
    })
`,
    about: 'A node reads where a room is, and listens only then: what is said in between is lost.',
    shows: ['the seqs to joiner-…from head_seq', 'a user_message of seq …to joiner-'],
  },
  {
    id: 'cluster/ok-before-the-broker',
    requirement: 'cluster/ok-follows-the-broker',
    file: 'redis/bus.ts',
    before: PUBLISHING,
    after: `${NUMBERED}    setTimeout(() => stores().then(tells), 100)
`,
    about: 'A message is acknowledged once it has a number, and stored later.',
    shows: [
      'from the seq before an ok on, [true,1], got',
      'recovered, from the beginning on, true, got false',
      'a user_message of seq …, got …resync_required',
    ],
  },
  {
    id: 'cluster/publishes-before-it-stores',
    requirement: 'cluster/ok-follows-the-broker',
    file: 'redis/bus.ts',
    before: PUBLISHING,
    after: `${NUMBERED}    await tells()
    setTimeout(stores, 100)
`,
    about: 'A message is published, and stored later.',
    shows: ['on, [true,1], got', 'recovered, from the beginning on, true, got false'],
  },
  {
    id: 'cluster/pages-are-cached',
    requirement: 'cluster/stored-on-all-nodes',
    file: 'redis/bus.ts',
    before: `    return { head, entries: backwards ? shown.reverse() : shown, more: entries.length > limit }
`,
    after: `    const pages = ((this as any).pages ??= new Map())
    const page = { head, entries: backwards ? shown.reverse() : shown, more: entries.length > limit }
    if (!pages.has(name)) pages.set(name, page)
    return pages.get(name)
`,
    about: 'A node shows the history as it was when it was first asked for it.',
    shows: 'head_seq …, got',
  },
  {
    id: 'cluster/marks-of-each-node',
    requirement: 'cluster/stored-on-all-nodes',
    file: 'redis/bus.ts',
    before: `\`\${channel}:marks\``,
    after: `\`\${channel}:marks:\${process.pid}\``,
    about: 'Each node has read marks of its own.',
    shows: 'the marks [3,3,4], got [3,2,4]',
  },
  {
    id: 'cluster/dedupe-of-each-node',
    requirement: 'cluster/dedupe-on-all-nodes',
    file: 'redis/bus.ts',
    before: `:once:\${once.key}\``,
    after: `:once:\${process.pid}:\${once.key}\``,
    about: 'A node recognises what was sent to itself.',
    shows: [
      'the answers to a repeat and to other content',
      'further answers without duplicate: true',
      'the two answers ["conflict","ok"], got ["ok","ok"]',
      'the answer to the repeat',
    ],
  },
  {
    id: 'cluster/dedupe-looks-first',
    requirement: 'cluster/dedupe-on-all-nodes',
    file: 'redis/bus.ts',
    before: PUBLISHING,
    after: `${WITH_SCRIPTS}    const known = once ? [\`\${channelOf(name)}:once:\${once.key}\`] : []
    const isNew = once && (await this.broker.run(script("return redis.call('EXISTS', KEYS[1])"), known, [])) === 0
    const answer = await this.run(PUBLISH, name, args, isNew ? [known[0] + Math.random()] : known)
    const copy = script("redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'content', ARGV[2], 'entry', ARGV[3])")
    const written = (answer as string[])[1] ?? '{}'
    if (isNew) await this.broker.run(copy, known, [JSON.parse(written).epoch, once.content, written])
`,
    about:
      'Whether a message is a repeat is asked first, and remembered afterwards: those in flight together are not seen.',
    shows: ['further answers without duplicate: true', 'the two answers ["conflict","ok"], got ["ok","ok"]'],
  },
  {
    id: 'cluster/replays-what-its-node-heard',
    requirement: 'cluster/resumes-on-another-node',
    file: 'redis/bus.ts',
    before: `    return (await this.readAfter(name, after)).entries
`,
    after: `    const since = ((this.streams.get(name) as any).since ??= Date.now())
    return (await this.readAfter(name, after)).entries.filter(({ ts }) => Date.parse(ts) >= since)
`,
    about: 'A node replays what it has heard itself.',
    shows: [
      'recovered true, got false',
      'recovered and replay_count, …[true,1], got [false,0]',
      'a user_message of seq',
      'the seqs to alice, before and after,',
    ],
  },
  {
    id: 'cluster/sessions-of-each-node',
    requirement: 'cluster/resumes-on-another-node',
    file: 'redis/sessions.ts',
    before: `\`chat:{session \${id}}\``,
    after: `\`chat:{session \${id} \${process.pid}}\``,
    about: 'A session is known on its own node only.',
    shows: 'session {"id":…,"resumed":true}, got {"id":…"not_found"',
  },
  {
    id: 'cluster/sessions-are-saved-now-and-then',
    requirement: 'cluster/resumes-on-another-node',
    file: 'redis/sessions.ts',
    before: `    await orWhenBack(this.write(id, held))
`,
    after: '',
    about: 'What a session has is written when it is renewed, and not when it changes.',
    shows: ['rooms [', 'in welcome.rooms, got none', 'a user_message of seq', 'a user_message under the new token'],
  },
  {
    id: 'cluster/sessions-end-on-their-node',
    requirement: 'cluster/resumes-on-another-node',
    file: 'redis/sessions.ts',
    before: '    await orWhenBack(this.run(END, id, [this.nameOf(holder)]))',
    after: '    await orWhenBack(this.run(RELEASE, id, [this.nameOf(holder), this.times.windowMs]))',
    about: 'A close with 1000 ends the session for its node, and others go on with it.',
    shows: 'session.resumed and reason [false,"not_found"], got [true,null]',
  },
  {
    id: 'cluster/takeover-is-not-told',
    requirement: 'cluster/takeover-across-nodes',
    file: 'redis/sessions.ts',
    before: '      this.replace(session, connection)\n',
    after: `      void [session, connection]
      this.renew = async () => {}
`,
    about: 'The node of the old connection does not hear that it was taken over.',
    shows: ['close 4104 session_replaced, got an open connection', 'the connections [4104,4104,4104,"open"], got'],
  },
  {
    id: 'cluster/old-connection-lets-go-of-the-new-one',
    requirement: 'cluster/takeover-across-nodes',
    file: 'redis/session-scripts.ts',
    before: `if holder ~= ARGV[1] then return end
`,
    after: '',
    about: 'The end of a connection whose session was taken over releases the session of the new one.',
    shows: [
      'close 4104 session_replaced',
      'the connections [4104,4104,4104,"open"], got',
      'to the …, got …close 4104',
      'a user_message n3, got …close 4104',
      'an open connection for …, got close 4104',
    ],
  },
  {
    id: 'cluster/ephemeral-of-each-node',
    requirement: 'cluster/ephemeral-on-all-nodes',
    file: 'redis/bus.ts',
    before: '    await this.broker.run(PASS, [keysOf(name)[0]], [channelOf(name), JSON.stringify({ passing })])\n',
    after: '    this.streams.get(name)?.follower.hear({ passing })\n',
    about: 'What is stored nowhere is told to the subscribers of its own node.',
    shows: ['a typing to user-2, got', 'a signal to user-2, got', 'a read to user-2, got'],
  },
  {
    id: 'cluster/presence-is-told-beside',
    requirement: 'cluster/presence-on-all-nodes',
    file: 'redis/presence.ts',
    before: '[channel, room, ...args]',
    after: `[\`\${channel}:\${process.pid}\`, room, ...args]`,
    about: 'What happens to the presence of a room is told where no other node listens.',
    shows: 'presence to …, got',
  },
  {
    id: 'cluster/lists-of-each-node',
    requirement: 'cluster/presence-on-all-nodes',
    file: 'redis/presence.ts',
    before: '    return { users, count, rev: Number(rev) }\n',
    after: `    const own = users.filter(({ user }) => [...this.stays.values()].some((stay) => stay.user.id === user.id))
    return { users: own, count: own.length, rev: Number(rev) }
`,
    about: 'A node lists those who are on it.',
    shows: ['who is present', 'whether bob is listed true, got false'],
  },
  {
    id: 'cluster/lists-are-cached',
    requirement: 'cluster/presence-on-all-nodes',
    file: 'redis/presence.ts',
    before: '    return { users, count, rev: Number(rev) }\n',
    after: `    const lists = ((this as any).lists ??= new Map())
    if (!lists.has(room)) lists.set(room, { users, count, rev: Number(rev) })
    return lists.get(room)
`,
    about: 'A node lists who was present when it was first asked.',
    shows: ['who is present', 'whether bob is listed true, got false'],
  },
  {
    id: 'cluster/leaves-with-one-of-two-nodes',
    requirement: 'cluster/presence-on-all-nodes',
    file: 'redis/presence-scripts.ts',
    before: `local open = connections_of(sub)
if open[connection] == nil then return 0 end
`,
    after: `local open = {}
`,
    about: 'Who closes a connection on one node has left, although another one is open elsewhere.',
    shows: ['presence to walt: update of', 'events of bob', 'who is present true, got false'],
  },
  {
    id: 'cluster/leaves-its-node',
    requirement: 'cluster/presence-on-all-nodes',
    file: 'redis/presence.ts',
    before: '    const left = (await this.inRoom(LAPSE, room, [asOf, ...only])) as string[]\n',
    after: `    const { script } = await import('./broker.ts')
    const isHere = [...this.stays.values()].some((stay) => stay.room === room && stay.user.id === only[0])
    const naive = script(LAPSE.lua.replace("'-inf', as_of", "'-inf', '+inf'"))
    const left = (await this.inRoom(only.length > 0 && !isHere ? naive : LAPSE, room, [asOf, ...only])) as string[]
`,
    about: 'When the grace is over, a user leaves who is not back on the same node.',
    shows: ['events of bob', 'whether bob is listed true, got false'],
  },
  {
    id: 'cluster/leaves-without-a-grace',
    requirement: 'cluster/presence-on-all-nodes',
    file: 'redis/presence-scripts.ts',
    before: "if next(open) == nil and how == 'left' then",
    after: 'if next(open) == nil then',
    about: 'Who changes nodes leaves, and joins again.',
    shows: ['events of bob', 'a leave 1000 ms after the break, got'],
  },
  {
    id: 'cluster/leases-are-not-renewed',
    requirement: 'cluster/dead-node-leaves-no-zombies',
    file: 'redis/presence-scripts.ts',
    before: `keep(sub, open, now + lease + grace)
`,
    after: `if is_new or is_renewal ~= '1' then keep(sub, open, now + lease + grace) end
`,
    about: 'The lease of a user is not renewed: who stays for longer leaves, and comes again.',
    shows: 'events of …, got ["join online","leave online"',
  },
  {
    id: 'cluster/zombies',
    requirement: 'cluster/dead-node-leaves-no-zombies',
    file: 'redis/shared.ts',
    before: 'const LEASE_HEARTBEATS = 2\n',
    after: 'const LEASE_HEARTBEATS = 60\n',
    about: 'Who was on a node that died is present for a minute.',
    shows: 'presence to walt: leave of …, got',
  },
  {
    id: 'cluster/dead-node-has-no-grace',
    requirement: 'cluster/dead-node-leaves-no-zombies',
    file: 'redis/shared.ts',
    before: `const LEASE_HEARTBEATS = 2
const RENEW_HEARTBEATS = 0.5
`,
    // Of a lease and the grace together 300 ms remain.
    after: `const LEASE_HEARTBEATS = -0.7
const RENEW_HEARTBEATS = 0.1
`,
    about: 'Who was on a node that died leaves at once.',
    shows: 'a leave 1000 ms after the death',
  },
  {
    id: 'cluster/notifies-its-own-node',
    requirement: 'cluster/control-holds-on-all-nodes',
    file: 'redis/bus.ts',
    before: '    const { replay_max, history_max, dedupe_window_ms } = this.limits\n    // Twice',
    after: `    if (draft.type !== 'user_message') {
      const follower = this.streams.get(name)?.follower as any
      const { epoch, seq } = follower?.head ?? { epoch: 'none', seq: 0 }
      const entry: Entry = { ...draft, stream: name, epoch, seq: seq + 1, id: newEpoch(), ts: new Date().toISOString() }
      follower?.tell(entry)
      return { outcome: 'accepted', entry }
    }
    const { replay_max, history_max, dedupe_window_ms } = this.limits
    // Twice`,
    about: 'What the service has to say is told to those who are on the node that was asked.',
    shows: ['a system_message to user-2, got', 'a notification two, got'],
  },
  {
    id: 'cluster/revokes-on-its-own-node',
    requirement: 'cluster/control-holds-on-all-nodes',
    file: 'server.ts',
    before: 'await revocations.follow((whom) => this.revoke(whom))',
    after: 'await revocations.follow(() => {})',
    about: 'What is revoked is closed on the node that was asked.',
    shows: 'close 4103 revoked, got an open connection',
  },
  {
    id: 'cluster/resets-its-own-node',
    requirement: 'cluster/control-holds-on-all-nodes',
    file: 'redis/bus.ts',
    before: '    await this.broker.run(RESET, keysOf(name), [epoch, this.keptMs, channelOf(name)])\n',
    after: `    ;(this.streams.get(name)?.follower as any)?.restart({ epoch, seq: 0 })
`,
    about: 'An epoch is reset for those who are on the node that was asked.',
    shows: 'close 4302 resync_required, got an open connection',
  },
  {
    id: 'cluster/drains-all-nodes',
    requirement: 'cluster/drain-is-of-one-node',
    file: 'server.ts',
    before: '    await revocations.follow((whom) => this.revoke(whom))\n',
    after: `    await revocations.follow((whom) => this.revoke(whom))
    const drain = this.drain.bind(this)
    const passing = ({ event }: any) => drain(event)
    await this.world.bus.subscribe('drains', { passing, stored() {}, reset() {} })
    this.drain = (body) => void this.world.bus.pass('drains', { event: body as any })
`,
    about: 'A drain of one node is a drain of all.',
    shows: ['a pong…, got …close 4300 draining', 'draining to ', 'an HTTP', 'HTTP 101', 'HTTP 503', 'close 4300'],
  },
  {
    id: 'cluster/waits-for-the-broker',
    requirement: 'cluster/without-broker-is-unavailable',
    file: 'redis/broker.ts',
    before: `      throw new Unavailable(\`the broker is away: \${(error as Error).message}\`)
`,
    after: `      while (!this.up) await new Promise((resolve) => setTimeout(resolve, 50))
      return this.attempt(action)
`,
    about: 'A node tries again until its broker is back, and says nothing meanwhile.',
    shows: 'an error unavailable to …, got …within',
  },
  {
    id: 'cluster/says-nothing-without-broker',
    requirement: 'cluster/without-broker-is-unavailable',
    file: 'connection.ts',
    before: '      this.excuse(message, error.retryAfterMs)\n',
    after: '',
    about: 'Without its broker a node does not answer.',
    shows: 'an error unavailable to …, got …within',
  },
  {
    id: 'cluster/acknowledges-without-broker',
    requirement: 'cluster/without-broker-is-unavailable',
    file: 'connection.ts',
    before: '      this.excuse(message, error.retryAfterMs)\n',
    after: `      if (message.type !== 'send_message') return this.excuse(message, error.retryAfterMs)
      const { room, client_msg_id } = message.payload
      const place = { room, epoch: 'e1', seq: 1, message_id: client_msg_id, ts: timestamp(Date.now()) }
      this.ok<'send_message'>(message.id, { ...place, client_msg_id } as any)
`,
    about: 'Without its broker a node acknowledges messages that it keeps for itself.',
    shows: 'error unavailable, got ok',
  },
  {
    id: 'cluster/closes-without-broker',
    requirement: 'cluster/without-broker-keeps-connections',
    file: 'connection.ts',
    before: '      this.excuse(message, error.retryAfterMs)\n',
    after: `      this.fail('overloaded', 'the broker is away')
`,
    about: 'Without its broker a node closes the connections on which something is asked.',
    shows: 'an error unavailable to carol, got …close 4201 overloaded',
  },
  {
    id: 'cluster/mute-without-broker',
    requirement: 'cluster/without-broker-keeps-connections',
    file: 'connection.ts',
    before: '        return this.pong(message)\n',
    after: `        if (this.world.broker.isUp()) this.pong(message)
        return
`,
    about: 'Without its broker a node answers no ping.',
    shows: 'a pong with reply_to …, got',
  },
  {
    id: 'cluster/leaves-without-broker',
    requirement: 'cluster/without-broker-presence-is-quiet',
    file: 'redis/shared.ts',
    before: '    presence.pause()\n',
    after: `    const stays = [...(presence as any).stays.values()]
    const again = async ({ room, user, connection, status }: any) => {
      await presence.exit(room, user.id, connection, 'left')
      await presence.enter(room, user, connection, status)
    }
    for (const stay of stays) again(stay).catch(() => {})
    presence.pause()
`,
    about: 'A node whose broker was gone enters its users anew.',
    shows: 'events of …, got ["join online","leave online","join online"',
  },
  {
    id: 'cluster/ready-without-broker',
    requirement: 'cluster/without-broker-is-not-ready',
    file: 'server.ts',
    before: '    if (!this.world.broker.isUp()) return false\n',
    after: '',
    about: 'A node without its broker calls itself ready.',
    shows: 'the HTTP status of /readyz 503, got 200',
  },
  {
    id: 'cluster/holes-are-passed-over',
    requirement: 'cluster/holes-are-filled-or-4302',
    file: 'redis/follower.ts',
    before: '    if (heard?.epoch === entry.epoch && entry.seq === heard.seq + 1) this.tell(entry)\n',
    after: '    if (heard?.epoch === entry.epoch) this.tell(entry)\n',
    about: 'A node tells the next message that it hears, whatever it has missed.',
    shows: ['the seqs to alice', 'seq …, got'],
  },
]
