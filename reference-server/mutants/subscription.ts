/** Faults in joining and leaving rooms. */
import type { RuleMutant } from '../mutate.ts'

export const SUBSCRIPTION_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'subscription/head-is-the-next-seq',
    requirement: 'subscription/ok-carries-room-epoch-and-head',
    file: 'subscriptions.ts',
    before: 'head_seq: member.head,',
    after: 'head_seq: member.head + 1,',
    about: '`head_seq` is the seq of the next message, not of the latest.',
    shows: 'head_seq of a new room 0, got 1',
  },
  {
    id: 'subscription/live-is-called-recovered',
    requirement: 'subscription/without-position-is-live',
    file: 'subscriptions.ts',
    before: 'const LIVE: Recovery = { recovered: false,',
    after: 'const LIVE: Recovery = { recovered: true,',
    about: 'A subscription that asked for nothing is called recovered.',
    shows: 'recovered, replay_count and gap [false,0,null], got [true,0,null]',
  },
  {
    id: 'subscription/events-before-ok',
    requirement: 'subscription/ok-precedes-events',
    file: 'subscriptions.ts',
    before: '    const { replay, ...recovery } = position ?',
    after: `    member.release()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const { replay, ...recovery } = position ?`,
    about: 'The subscription is live while its `ok` still waits for the store.',
    shows: 'the first of ok and user_message "ok", got "user_message"',
  },
  {
    id: 'subscription/last-message-again',
    requirement: 'subscription/live-from-head',
    file: 'subscriptions.ts',
    before: `      member.release()
`,
    after: `      for (const entry of await bus.read(stream, member.head - 1)) await send(encodeEntry(entry, false))
      member.release()
`,
    about: 'The latest message is delivered once more to whoever subscribes.',
    shows: 'seq and text [2,"after"], got [1,"before"]',
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
    shows: 'user_message to bob, got … within',
  },
  {
    id: 'subscription/second-subscribe-doubles',
    requirement: 'subscription/duplicate-subscribe-is-answered',
    file: 'rooms.ts',
    before: 'if (replaced !== undefined) this.leave(name, replaced)',
    after: '',
    about: 'A second subscription stands beside the first, and each message comes twice.',
    shows: 'texts ["one","two","three"], got ["one","two","two","three","three"]',
  },
  {
    id: 'subscription/second-subscribe-is-an-error',
    requirement: 'subscription/duplicate-subscribe-is-answered',
    file: 'subscribe.ts',
    before: `  const { max_rooms } = world.limits
`,
    after: `  if (subscriptions.has(room)) {
    peer.refuse(message, 'conflict', 'subscribed already')
    return
  }
  const { max_rooms } = world.limits
`,
    about: 'A second `subscribe` to a room is an error.',
    shows: 'ok to subscribe, got error conflict: subscribed already',
  },
  {
    id: 'subscription/unsubscribe-is-forgotten',
    requirement: 'subscription/no-events-after-unsubscribe',
    file: 'subscribe.ts',
    before: `  await peer.subscriptions.leave(room, sub, 'left')
`,
    after: `  const { leave } = peer.world.rooms
  peer.world.rooms.leave = () => {}
  await peer.subscriptions.leave(room, sub, 'left')
  peer.world.rooms.leave = leave
`,
    about: '`unsubscribe` is answered, and events go on.',
    shows: 'text "heard", got "unheard"',
  },
  {
    id: 'subscription/unsubscribe-needs-subscription',
    requirement: 'subscription/unsubscribe-without-subscription-is-ok',
    file: 'subscribe.ts',
    before: '  if (room === ME) return',
    after: `  if (room !== ME && !peer.subscriptions.has(room)) return peer.refuse(message, 'not_subscribed', 'not subscribed')
  if (room === ME) return`,
    about: '`unsubscribe` without a subscription is an error.',
    shows: 'ok to unsubscribe, got error not_subscribed: not subscribed',
  },
  {
    id: 'subscription/first-leave-ends-all',
    requirement: 'subscription/one-of-two-connections-unsubscribes',
    file: 'rooms.ts',
    before: 'room.claims -= 1',
    after: 'room.claims = 0',
    about: `The node's subscription ends with the first connection that leaves the room.`,
    shows: 'user_message to laptop, got … within',
  },
  {
    id: 'subscription/commands-race',
    requirement: 'subscription/requests-in-arrival-order',
    file: 'connection.ts',
    before: 'return this.perform(message, claims)',
    after: 'void this.perform(message, claims)',
    about: 'Each command runs as soon as it arrives, beside those that still wait.',
    shows: 'texts ["heard","heard again"], got ["unheard","heard again"]',
  },
  {
    id: 'subscription/one-room-too-many',
    requirement: 'subscription/over-max-rooms-is-limit-exceeded',
    file: 'subscribe.ts',
    before: 'subscriptions.rooms.length >= max_rooms',
    after: 'subscriptions.rooms.length > max_rooms',
    about: 'One room more than max_rooms can be subscribed.',
    shows: 'error limit_exceeded, got ok',
  },
  {
    id: 'subscription/same-room-counts-again',
    requirement: 'subscription/over-max-rooms-is-limit-exceeded',
    file: 'subscribe.ts',
    before: '!subscriptions.has(room) && ',
    after: '',
    about: 'A room that is subscribed already counts as one more.',
    shows: 'ok to subscribe, got error limit_exceeded: at most 8 rooms',
  },
  {
    id: 'subscription/star-opens-me',
    requirement: 'subscription/me-is-forbidden',
    file: 'grants.ts',
    before: `if (room === '@me') return false`,
    after: '',
    about: 'The grant `*` opens the stream of a user.',
    shows: 'error forbidden, got ok',
  },
  {
    id: 'subscription/me-can-be-left',
    requirement: 'subscription/me-is-forbidden',
    file: 'subscribe.ts',
    before: `  if (room === ME) return peer.refuse(message, 'forbidden', 'nobody leaves @me')
`,
    after: '',
    about: '`@me` can be unsubscribed.',
    shows: 'error forbidden, got ok',
  },
]
