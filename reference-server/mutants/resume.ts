/** Faults in resuming a room from a position. */
import type { RuleMutant } from '../mutate.ts'

export const RESUME_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'resume/position-is-inclusive',
    requirement: 'resume/recovers-what-followed',
    file: 'rooms.ts',
    before: 'this.bus.read(name, position.seq)',
    after: 'this.bus.read(name, position.seq - 1)',
    about: 'The message at the position comes again.',
    shows: [
      '"replay_count":3}, got {…"replay_count":4}',
      'head_seq, recovered and replay_count [2,true,1], got [2,true,2]',
    ],
  },
  {
    id: 'resume/newest-first',
    requirement: 'resume/replay-follows-the-ok',
    file: 'subscriptions.ts',
    before: 'for (const entry of replay)',
    after: 'for (const entry of [...replay].reverse())',
    about: 'What was missed comes newest first.',
    shows: 'seq and replay [[3,true],[4,true],[5,true],[6,false]], got [[5,true],[4,true],[3,true],[6,false]]',
  },
  {
    id: 'resume/live-overtakes',
    requirement: 'resume/live-follows-the-replay',
    file: 'subscriptions.ts',
    before: '      for (const entry of replay)',
    after: `      if (replay.length > 0) member.release()
      if (replay.length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
      for (const entry of replay)`,
    about: 'The subscription is live while its replay is still being read from the store.',
    shows: 'texts ["n2","n3","n4","n5","n6"], got ["n4","n5","n6"]',
  },
  {
    id: 'resume/all-is-replay',
    requirement: 'resume/live-is-not-marked',
    file: 'rooms.ts',
    before: 'encodeEntry(entry, false)',
    after: 'encodeEntry(entry, true)',
    about: 'Live messages are marked like replayed ones.',
    shows: 'the last to alice [3,false], got [3,true]',
  },
  {
    id: 'resume/time-of-replay',
    requirement: 'resume/replayed-as-delivered',
    file: 'subscriptions.ts',
    before: 'encodeEntry(entry, true)',
    after: 'encodeEntry({ ...entry, ts: new Date().toISOString() }, true)',
    about: 'A replayed message carries the time of its replay.',
    shows: 'the frames, but for replay, at [0].ts, "',
  },
  {
    id: 'resume/head-is-ahead',
    requirement: 'resume/position-at-head',
    file: 'rooms.ts',
    before: 'position.seq > member.head',
    after: 'position.seq >= member.head',
    about: 'Who has missed nothing is told of a gap.',
    shows: 'recovered, replay_count and gap [true,0,null], got [false,0,{"reason":"ahead"}]',
  },
  {
    id: 'resume/zero-is-none',
    requirement: 'resume/position-zero',
    file: 'rooms.ts',
    before: `    if (position.epoch !== member.epoch) return gap('epoch')
`,
    after: `    if (!position.seq) return { recovered: false, replay: [] }
    if (position.epoch !== member.epoch) return gap('epoch')
`,
    about: 'A position of 0 is falsy, and taken for none.',
    shows: 'recovered, replay_count and gap [true,2,null], got [false,0,null]',
  },
  {
    id: 'resume/any-epoch-fits',
    requirement: 'resume/other-epoch-is-a-gap',
    file: 'rooms.ts',
    before: `    if (position.epoch !== member.epoch) return gap('epoch')
`,
    after: '',
    about: 'A position of another epoch is reported as recovered.',
    shows: [
      'gap.reason, recovered and replay_count ["epoch",false,0], got [null,true,0]',
      'gap [false,0,{"reason":"epoch"}], got [false,0,{"reason":"ahead"}]',
    ],
  },
  {
    id: 'resume/ahead-is-at-head',
    requirement: 'resume/ahead-is-a-gap',
    file: 'rooms.ts',
    before: `    if (position.seq > member.head) return gap('ahead')
`,
    after: '',
    about: 'A position beyond the head is reported as recovered.',
    shows: 'gap.reason, recovered and replay_count ["ahead",false,0], got [null,true,0]',
  },
  {
    id: 'resume/evicted-is-called-large',
    requirement: 'resume/evicted-is-a-gap',
    file: 'rooms.ts',
    before: `    if (replay.length < missed) return gap('evicted')
`,
    after: '',
    about: 'What is gone from the store is not noticed.',
    shows: 'gap.reason, recovered and replay_count ["evicted",false,0], got ["too_large",false,0]',
  },
  {
    id: 'resume/no-replay-is-too-large',
    requirement: 'resume/too-large-is-a-gap',
    file: 'rooms.ts',
    before: `    if (missed > this.replayMax) return gap('too_large')
`,
    after: '',
    about: 'As much is replayed as is stored.',
    shows: 'gap.reason "too_large", got nothing',
  },
  {
    id: 'resume/maximum-is-too-large',
    requirement: 'resume/replay-max-is-replayed',
    file: 'rooms.ts',
    before: 'missed > this.replayMax',
    after: 'missed >= this.replayMax',
    about: 'Exactly the maximum is refused.',
    shows: 'recovered and replay_count [true,20], got [false,0]',
  },
  {
    id: 'resume/size-before-eviction',
    requirement: 'resume/first-reason-wins',
    file: 'rooms.ts',
    before: `    if (replay.length < missed) return gap('evicted')
    if (missed > this.replayMax) return gap('too_large')
`,
    after: `    if (missed > this.replayMax) return gap('too_large')
    if (replay.length < missed) return gap('evicted')
`,
    about: 'The size is looked at before the store.',
    shows: 'gap.reason, recovered and replay_count ["evicted",false,0], got ["too_large",false,0]',
  },
  {
    id: 'resume/seq-before-epoch',
    requirement: 'resume/first-reason-wins',
    file: 'rooms.ts',
    before: `    if (position.epoch !== member.epoch) return gap('epoch')
    if (position.seq > member.head) return gap('ahead')
`,
    after: `    if (position.seq > member.head) return gap('ahead')
    if (position.epoch !== member.epoch) return gap('epoch')
`,
    about: 'The seq is looked at before the epoch that it belongs to.',
    shows: 'gap.reason, recovered and replay_count ["epoch",false,0], got ["ahead",false,0]',
  },
  {
    id: 'resume/gap-with-a-part',
    requirement: 'resume/gap-replays-nothing',
    file: 'rooms.ts',
    before: `return gap('too_large')`,
    after: `return { ...gap('too_large'), replay: replay.slice(-this.replayMax) }`,
    about: 'With a gap as much is replayed as can be.',
    shows: 'recovered, replay_count and a gap [false,0,true], got [false,20,true]',
  },
  {
    id: 'resume/gap-stays-silent',
    requirement: 'resume/gap-goes-live',
    file: 'subscriptions.ts',
    before: `      member.release()
`,
    after: `      if (!recovery.gap) member.release()
`,
    about: 'A subscription with a gap gets no messages.',
    shows: 'a user_message one to bob, got … within',
  },
  {
    id: 'resume/store-is-short',
    requirement: 'resume/messages-are-kept',
    file: 'in-process-bus.ts',
    before: '2 * Math.max(this.limits.replay_max, this.limits.history_max)',
    after: 'this.limits.replay_max / 2',
    about: 'Fewer messages are stored than the limits promise to replay.',
    shows: 'recovered and replay_count [true,20], got [false,0]',
  },
  {
    id: 'resume/replays-then-subscribes',
    requirement: 'resume/loses-nothing-under-load',
    file: 'subscriptions.ts',
    before: '    const read_seq = await',
    after: `    if (position) {
      rooms.leave(stream, member)
      const until = Date.now() + 20
      while ((await bus.read(stream, member.head)).length === 0 && Date.now() < until)
        await new Promise((resolve) => setImmediate(resolve))
      const late = await rooms.join(stream, this.subscriber)
      this.open.set(room, { member: late, presence })
      late.release()
    }
    const read_seq = await`,
    about: 'The replay is read first and the room joined after, and what comes between is lost.',
    shows: ['seq …, got … within', 'the seqs that the reader got, on all its connections'],
  },
  {
    id: 'resume/second-time-live',
    requirement: 'resume/duplicate-subscribe-replays',
    file: 'subscriptions.ts',
    before: '    const member = await rooms.join(',
    after: `    if (this.has(room)) position = undefined
    const member = await rooms.join(`,
    about: 'The position of a room that is subscribed already is ignored.',
    shows: 'recovered and replay_count [true,2], got [false,0]',
  },
  {
    id: 'resume/history-begins-nothing',
    requirement: 'resume/epoch-begins-with-first-use',
    file: 'in-process-bus.ts',
    before: `    const { log } = stream
`,
    after: `    const { log } = stream
    if (stream.seq === 0 && stream.listeners.size === 0) this.streams.delete(name)
`,
    about: '`history` of a new room tells an epoch that nobody keeps.',
    shows: 'epoch of the first message "…", got "',
  },
  {
    id: 'resume/epoch-ends-with-the-last',
    requirement: 'resume/epoch-outlives-subscribers',
    file: 'in-process-bus.ts',
    before: `    this.stream(name).listeners.delete(listener)
`,
    after: `    this.stream(name).listeners.delete(listener)
    if (this.stream(name).listeners.size === 0) this.streams.delete(name)
`,
    about: 'A room is forgotten with its last subscriber.',
    shows: 'epoch and head_seq of both rooms [["…",1],["…",0]], got [["…",0],["…",0]]',
  },
  {
    id: 'resume/reset-is-silent',
    requirement: 'resume/reset-closes-4302',
    file: 'rooms.ts',
    before: `          for (const member of room.members) member.resync()
`,
    after: '',
    about: 'After a reset the subscribers stay, and their numbers begin anew.',
    shows: 'close 4302 resync_required, got an open connection',
  },
  {
    id: 'resume/reset-closes-all',
    requirement: 'resume/reset-spares-others',
    file: 'in-process-bus.ts',
    before: `    for (const listener of listeners) listener.reset(head)
`,
    after: `    for (const other of this.streams.values()) for (const listener of other.listeners) listener.reset(head)
`,
    about: 'A reset closes the subscribers of all rooms.',
    shows: 'a pong…, got …then close 4302 resync_required',
  },
  {
    id: 'resume/numbers-go-on',
    requirement: 'resume/reset-begins-anew',
    file: 'in-process-bus.ts',
    before: `    const head = headOf(this.begin(name, Date.now(), listeners))
`,
    after: `    const { seq } = this.stream(name)
    const head = headOf(Object.assign(this.begin(name, Date.now(), listeners), { seq }))
`,
    about: 'After a reset the numbers go on where they were.',
    shows: 'epoch and head_seq ["…",0], got ["…",3]',
  },
  {
    id: 'resume/reset-keeps-messages',
    requirement: 'resume/reset-clears-history',
    file: 'in-process-bus.ts',
    before: `    const head = headOf(this.begin(name, Date.now(), listeners))
`,
    after: `    const { log } = this.stream(name)
    const begun = this.begin(name, Date.now(), listeners)
    begun.log.push(...log)
    const head = headOf(begun)
`,
    about: 'Messages of the former epoch stay in the store.',
    shows: 'epoch, head_seq, messages and has_more…, got …"type":"user_message",',
  },
]
