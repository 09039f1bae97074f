/** Faults in joining and leaving rooms. */
import type { Mutant } from '../mutate.ts'

export const SUBSCRIPTION_MUTANTS: readonly Mutant[] = [
  {
    id: 'subscription/head-is-the-next-seq',
    requirement: 'subscription/ok-carries-room-epoch-and-head',
    file: 'connection.ts',
    before: '{ room, epoch, head_seq, ...recovery,',
    after: '{ room, epoch, head_seq: head_seq + 1, ...recovery,',
    about: '`head_seq` is the seq of the next message, not of the latest.',
  },
  {
    id: 'subscription/live-is-called-recovered',
    requirement: 'subscription/without-position-is-live',
    file: 'connection.ts',
    before: 'const LIVE: Recovery = { recovered: false,',
    after: 'const LIVE: Recovery = { recovered: true,',
    about: 'A subscription that asked for nothing is called recovered.',
  },
  {
    id: 'subscription/events-before-ok',
    requirement: 'subscription/ok-precedes-events',
    file: 'connection.ts',
    before: '    const { replay, ...recovery } = position ?',
    after: `    member.release()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const { replay, ...recovery } = position ?`,
    about: 'The subscription is live while its `ok` still waits for the store.',
  },
  {
    id: 'subscription/last-message-again',
    requirement: 'subscription/live-from-head',
    file: 'connection.ts',
    before: `    member.release()
`,
    after: `    for (const entry of await this.world.bus.read(room, head_seq - 1)) this.deliver(encodeEntry(entry, false))
    member.release()
`,
    about: 'The latest message is delivered once more to whoever subscribes.',
  },
  {
    id: 'subscription/joined-after-ok',
    requirement: 'subscription/live-from-head',
    file: 'rooms.ts',
    before: `    room.members.add(member)
`,
    after: `    setTimeout(() => room.members.add(member), 20)
`,
    about: 'The head is read first and the room joined later; what comes between is lost.',
  },
  {
    id: 'subscription/second-subscribe-doubles',
    requirement: 'subscription/duplicate-subscribe-is-answered',
    file: 'rooms.ts',
    before: 'if (replaced !== undefined) this.leave(name, replaced)',
    after: '',
    about: 'A second subscription stands beside the first, and each message comes twice.',
  },
  {
    id: 'subscription/second-subscribe-is-an-error',
    requirement: 'subscription/duplicate-subscribe-is-answered',
    file: 'connection.ts',
    before: '    if (earlier === undefined && this',
    after: `    if (earlier !== undefined) return this.refuse(message, 'conflict', 'subscribed already')
    if (earlier === undefined && this`,
    about: 'A second `subscribe` to a room is an error.',
  },
  {
    id: 'subscription/unsubscribe-is-forgotten',
    requirement: 'subscription/no-events-after-unsubscribe',
    file: 'connection.ts',
    before: `      this.leave(room)
      this.ok<'unsubscribe'>`,
    after: `      this.memberships.delete(room)
      this.ok<'unsubscribe'>`,
    about: '`unsubscribe` is answered, and events go on.',
  },
  {
    id: 'subscription/unsubscribe-needs-subscription',
    requirement: 'subscription/unsubscribe-without-subscription-is-ok',
    file: 'connection.ts',
    before: `    if (room === '@me') this.refuse(`,
    after: `    if (room !== '@me' && !this.memberships.has(room)) this.refuse(message, 'not_subscribed', 'not subscribed')
    else if (room === '@me') this.refuse(`,
    about: '`unsubscribe` without a subscription is an error.',
  },
  {
    id: 'subscription/first-leave-ends-all',
    requirement: 'subscription/one-of-two-connections-unsubscribes',
    file: 'rooms.ts',
    before: 'room.claims -= 1',
    after: 'room.claims = 0',
    about: `The node's subscription ends with the first connection that leaves the room.`,
  },
  {
    id: 'subscription/commands-race',
    requirement: 'subscription/requests-in-arrival-order',
    file: 'inbox.ts',
    before: 'await job()',
    after: 'void job()',
    about: 'Each command runs as soon as it arrives, beside those that still wait.',
  },
  {
    id: 'subscription/one-room-too-many',
    requirement: 'subscription/over-max-rooms-is-limit-exceeded',
    file: 'connection.ts',
    before: 'this.memberships.size >= limits.max_rooms',
    after: 'this.memberships.size > limits.max_rooms',
    about: 'One room more than max_rooms can be subscribed.',
  },
  {
    id: 'subscription/same-room-counts-again',
    requirement: 'subscription/over-max-rooms-is-limit-exceeded',
    file: 'connection.ts',
    before: 'if (earlier === undefined && this.memberships',
    after: 'if (this.memberships',
    about: 'A room that is subscribed already counts as one more.',
  },
  {
    id: 'subscription/star-opens-me',
    requirement: 'subscription/me-is-forbidden',
    file: 'grants.ts',
    before: `if (room === '@me') return false`,
    after: '',
    about: 'The grant `*` opens the stream of a user.',
  },
  {
    id: 'subscription/me-can-be-left',
    requirement: 'subscription/me-is-forbidden',
    file: 'connection.ts',
    before: `if (room === '@me') this.refuse(message, 'forbidden', 'nobody leaves @me')
    else {`,
    after: '{',
    about: '`@me` can be unsubscribed.',
  },
]
