/** Heartbeats both ways: who pings whom, what counts as alive, and when silence ends a connection. */

import type { Actor } from '../actors/actor.ts'
import { expectEqual, expectNotBefore, expectTrue } from '../actors/expect.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const heartbeat: readonly ChatCase[] = [
  chatCase('heartbeat/server-pings-every-interval', async (world) => {
    const sent = performance.now()
    const alice = await world.ready('alice')
    const interval = world.affords(alice.welcome.payload.limits, 'heartbeat_interval_ms')
    // Four are due after four intervals. Nearly a fifth is granted to a busy machine.
    const deadline = performance.now() + 4.9 * interval
    for (let n = 0; n < 4; n += 1) await alice.next('ping', deadline - performance.now())
    // Where the first one comes is free, and one may come at once; but no more than one an interval.
    const most = Math.floor((performance.now() - sent) / interval) + 2
    const pings = alice.seen('ping').length
    expectTrue(`at most ${most} pings by now`, pings <= most, `${pings}`)
  }),

  chatCase('heartbeat/traffic-does-not-hide-pings', async (world) => {
    const alice = await world.member('alice')
    const interval = world.affords(alice.welcome.payload.limits, 'heartbeat_interval_ms')
    const deadline = performance.now() + 2.9 * interval
    // A command every tenth of an interval: the connection is never quiet, and still within its rate.
    while (!(await alice.hears('ping', interval / 10))) {
      if (performance.now() > deadline) throw new Finding('a ping although the connection is busy', 'none')
      await alice.fence()
    }
  }),

  chatCase('heartbeat/silence-closes-4301', async (world) => {
    // The server cannot have heard of us before: a lower bound that no delay on our side can shorten.
    const began = performance.now()
    const mute = await world.ready('mute')
    mute.answersPings = false
    const { limits } = mute.welcome.payload
    const wait = world.affords(limits, 'heartbeat_interval_ms', 'heartbeat_grace_ms')
    const end = await mute.closes(4301, wait + world.stage.patience)
    expectNotBefore(`silence of interval + grace = ${wait} ms before 4301`, end.atMs - began, wait)
  }),

  chatCase('heartbeat/any-text-counts-as-alive', async (world) => {
    const wrong = await world.ready('wrong')
    const right = await world.ready('right')
    const { limits } = wrong.welcome.payload
    const wait = world.affords(limits, 'heartbeat_interval_ms', 'heartbeat_grace_ms')
    const deadline = performance.now() + 1.2 * wait
    // Each ping is met by something in the place of a pong, until a mute connection would have been closed.
    const outlives = async (actor: Actor, speak: () => unknown) => {
      actor.answersPings = false
      while (performance.now() < deadline) {
        await actor.next('ping', limits.heartbeat_interval_ms + world.stage.patience)
        await speak()
      }
      await actor.fence()
    }
    await Promise.all([
      outlives(wrong, () => wrong.sendJson({ type: 'teleport', id: 'x1', payload: {} })),
      outlives(right, () => right.ok(right.send('unsubscribe', { room: world.room() }))),
    ])
  }),

  chatCase('heartbeat/rfc-pongs-do-not-count', async (world) => {
    const alice = await world.ready('alice')
    const { limits } = alice.welcome.payload
    const wait = world.affords(limits, 'heartbeat_interval_ms', 'heartbeat_grace_ms')
    alice.answersPings = false
    const deadline = performance.now() + wait + world.stage.patience
    while (alice.connection.ended === undefined && performance.now() < deadline) {
      await alice.connection.send({ opcode: 10, payload: Buffer.from('unsolicited') })
      await alice.connection.ping('alive?')
      await alice.connection.end(wait / 4)
    }
    await alice.closes(4301, 0)
  }),

  chatCase('heartbeat/rfc-ping-gets-rfc-pong', async (world) => {
    const alice = await world.ready('alice')
    await alice.connection.ping('are you there')
    const pong = await alice.connection.next({
      from: 0,
      matches: ({ opcode, payload }) => opcode === 10 && payload.toString() === 'are you there',
      withinMs: world.stage.patience,
    })
    if (pong === 'timeout' || 'kind' in pong) throw new Finding('an RFC 6455 pong with the payload of the ping', 'none')
  }),

  chatCase('heartbeat/client-ping-gets-pong', async (world) => {
    const alice = await world.ready('alice')
    const id = alice.send('ping', { nonce: 'n-1' })
    const pong = await alice.next('pong')
    expectEqual('pong', { reply_to: pong.reply_to, nonce: pong.payload.nonce }, { reply_to: id, nonce: 'n-1' })
    const bare = alice.send('ping', {})
    const second = await alice.next('pong')
    expectEqual(
      'pong',
      { reply_to: second.reply_to, nonce: second.payload.nonce },
      { reply_to: bare, nonce: undefined },
    )
  }),

  chatCase('heartbeat/nonce-of-pong-is-not-checked', async (world) => {
    const alice = await world.ready('alice')
    const { limits } = alice.welcome.payload
    const wait = world.affords(limits, 'heartbeat_interval_ms', 'heartbeat_grace_ms')
    alice.answersPings = false
    // Nothing but pongs, until a mute connection would have been closed.
    for (const deadline = performance.now() + 1.2 * wait; performance.now() < deadline; ) {
      await alice.next('ping', limits.heartbeat_interval_ms + world.stage.patience)
      alice.send('pong', { nonce: 'something-else' })
    }
    await alice.fence()
  }),
]
