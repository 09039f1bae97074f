/** A new token in the place of the old one, and the warning before that is due. */
import { clocked, expectBetween, expires, inSeconds, latestEnd, outlives, until } from '../actors/clock.ts'
import { expectEqual } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** Well inside the warning of the profile `default`, and far enough from the end of the token. */
const INSIDE_S = 30

/** A server that warns a minute ahead, so that no delay of ours comes near the end of a token. */
const warningEarly = async (world: World) =>
  world.stage.target.launch === undefined ? world : world.apart({ profile: 'default' })

export const refresh: readonly ChatCase[] = [
  chatCase('refresh/warns-before-expiry', async (world) => {
    const there = await warningEarly(world)
    const { auth_warn_ms: warn } = (await there.ready('early')).welcome.payload.limits
    const exp = inSeconds(Math.ceil(warn / 1000) + 2)
    const alice = await clocked(there, 'alice', { claims: { exp } })
    const due = exp * 1000 - warn
    const warning = await alice.next('auth_expiring', until(alice, due) + world.stage.patience)
    expectBetween('auth_expiring', alice, alice.arrivalOf(warning), due, due + world.stage.patience)
  }),

  chatCase('refresh/warns-at-once-inside-the-window', async (world) => {
    const there = await warningEarly(world)
    const alice = await there.ready('alice', { claims: { exp: inSeconds(INSIDE_S) } })
    const { auth_warn_ms: warn } = alice.welcome.payload.limits
    if (warn <= INSIDE_S * 1000) throw new Skip(`auth_warn_ms = ${warn} ms: no token is surely inside it and valid`)
    await alice.next('auth_expiring')
    // Once was for the token, not for the connection.
    const exp = inSeconds(INSIDE_S + 10)
    await alice.refreshes(await there.token('alice', { exp }))
    expectEqual('expires_at', (await alice.next('auth_expiring')).payload.expires_at, iso(exp))
    const told = alice.received().flatMap(({ type }) => (type === 'ping' ? [] : type))
    expectEqual('what came', told, ['welcome', 'auth_expiring', 'ok', 'auth_expiring'])
    const bob = await there.ready('bob', { claims: { exp: inSeconds(3600) } })
    await bob.refreshes(await there.token('bob', { exp: inSeconds(INSIDE_S) }))
    await bob.next('auth_expiring')
  }),

  chatCase('refresh/warns-once-per-token', async (world) => {
    const exp = inSeconds(3)
    const token = await world.token('alice', { exp })
    const alice = await clocked(world, 'alice', { token })
    await alice.refreshes(token)
    await alice.next('auth_expiring', until(alice, exp * 1000) + world.stage.patience)
    // This one may come too late, which is as good: the connection ends without a second warning.
    alice.send('auth_refresh', { token })
    await expires(world, alice, exp)
    expectEqual('warnings', alice.seen('auth_expiring').length, 1)
  }),

  chatCase('refresh/warning-tells-expiry', async (world) => {
    const exp = inSeconds(3)
    const alice = await clocked(world, 'alice', { claims: { exp } })
    const warning = await alice.next('auth_expiring', until(alice, exp * 1000) + world.stage.patience)
    expectEqual('expires_at', warning.payload.expires_at, iso(exp))
  }),

  chatCase('refresh/ok-tells-new-expiry', async (world) => {
    const alice = await world.ready('alice')
    const exp = inSeconds(1000)
    const ok = await alice.refreshes(await world.token('alice', { exp }))
    const { auth_warn_ms: warn } = alice.welcome.payload.limits
    expectEqual('the ok', ok, { expires_at: iso(exp), refresh_before_ms: warn })
  }),

  chatCase('refresh/outlives-the-old-token', async (world) => {
    const exp = inSeconds(3)
    const alice = await clocked(world, 'alice', { claims: { exp } })
    await alice.refreshes(await world.token('alice', { exp: inSeconds(600) }))
    await outlives(world, alice, exp)
  }),

  chatCase('refresh/new-expiry-holds', async (world) => {
    const alice = await clocked(world, 'alice', { claims: { exp: inSeconds(600) } })
    const exp = inSeconds(3)
    await alice.refreshes(await world.token('alice', { exp }))
    await expires(world, alice, exp)
  }),

  chatCase('refresh/loses-no-event', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const bob = await world.member('bob', room)
    const texts = Array.from({ length: 12 }, (_, n) => `n${n + 1}`)
    world.fits(texts.length, alice.welcome.payload.limits.rate_burst, 'rate_burst')
    const token = await world.token('bob', { exp: inSeconds(600) })
    for (const text of texts.slice(0, 6)) alice.sends(room, text)
    const refreshed = bob.refreshes(token)
    for (const text of texts.slice(6)) alice.sends(room, text)
    await refreshed
    await bob.hearsText('n12')
    await bob.fence()
    const heard = bob.seen('user_message').map(({ payload }) => [payload.seq, payload.text])
    expectEqual(
      'seq and text',
      heard,
      texts.map((text, at) => [at + 1, text]),
    )
  }),

  chatCase('refresh/new-grants-hold', async (world) => {
    const [here, there] = [world.room('here'), world.room('there')]
    const alice = await world.ready('alice', { claims: { rooms: [here] } })
    await alice.says(here, 'mine')
    await alice.refused(alice.sends(there, 'not yet'), 'forbidden')
    await alice.refreshes(await world.token('alice', { rooms: [there], rooms_read: [here] }))
    await alice.says(there, 'mine now')
    await alice.refused(alice.sends(here, 'no longer'), 'forbidden')
    await alice.subscribed(here)
    await alice.refused(alice.send('subscribe', { room: world.room('elsewhere') }), 'forbidden')
  }),

  chatCase('refresh/new-name-holds', async (world) => {
    const room = world.room()
    const bob = await world.member('bob', room)
    const alice = await world.ready('alice', { claims: { name: 'Old' } })
    for (const name of ['Old', 'New', undefined]) {
      if (name !== 'Old') await alice.refreshes(await world.token('alice', { name: name ?? null }))
      await alice.says(room, 'hi')
      const { from } = (await bob.next('user_message')).payload
      expectEqual('from', from, { id: world.user('alice'), ...(name === undefined ? {} : { name }) })
    }
  }),

  chatCase('refresh/lost-room-is-unsubscribed', async (world) => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => world.room(name)) as [string, string, string]
    const alice = await world.ready('alice')
    for (const room of [a, b, c]) await alice.subscribed(room)
    const id = alice.send('auth_refresh', { token: await world.token('alice', { rooms: null, rooms_read: [b] }) })
    await alice.ok(id)
    await alice.fence()
    const told = alice.received().flatMap((one) => {
      if (one.type === 'unsubscribed') return `${one.payload.room}: ${one.payload.code}`
      return one.type === 'ok' && one.reply_to === id ? 'ok' : []
    })
    // Which of the two rooms comes first is free.
    expectEqual('what came', [...told.slice(0, -1).sort(), told.at(-1)], [`${a}: forbidden`, `${c}: forbidden`, 'ok'])
  }),

  chatCase('refresh/no-events-after-unsubscribed', async (world) => {
    const [lost, kept] = [world.room('lost'), world.room('kept')]
    const alice = await world.ready('alice')
    const bob = await world.ready('bob')
    for (const room of [lost, kept]) await bob.subscribed(room)
    // To get the grant back is not to subscribe again.
    for (const rooms of [[kept], [lost, kept]]) {
      await bob.refreshes(await world.token('bob', { rooms }))
      await alice.says(lost, 'unheard')
      await alice.says(kept, 'heard')
      await bob.next('user_message')
      await bob.fence()
    }
    const heard = bob.seen('user_message').map(({ payload }) => payload.room)
    expectEqual('the rooms of what came', heard, [kept, kept])
  }),

  chatCase('refresh/near-expiry-is-ok-or-4101', async (world) => {
    const exp = inSeconds(3)
    const token = await world.token('alice', { exp: inSeconds(600) })
    const refreshesAt = async (offset: number) => {
      const alice = await clocked(world, 'alice', { claims: { exp } })
      const due = latestEnd(world, alice, exp) - 1000
      await alice.connection.end(until(alice, due + offset))
      const id = alice.send('auth_refresh', { token })
      const outcome = await alice.answerOrEnd(id)
      if (!('kind' in outcome)) {
        expectEqual('the answer', outcome.type, 'ok')
        return outlives(world, alice, exp)
      }
      await alice.closes(4101)
      expectEqual('answers', alice.replies().includes(id) ? 'ok' : 'none', 'none')
    }
    await Promise.all([-100, -40, -15, -5, 0, 5].map(refreshesAt))
  }),
]

const iso = (exp: number) => new Date(exp * 1000).toISOString()
