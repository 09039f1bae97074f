/** A message that is sent again: recognised, and told apart from what only looks like it. */
import type { OkPayloads } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import { lateIn, Term } from '../actors/term.ts'
import type { Ready } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { answered, expectRefusal, heardBy, sentOnce } from './sent-once.ts'

export const dedupe: readonly ChatCase[] = [
  chatCase(
    'dedupe/repeat-is-answered-at-once',
    async (world) => {
      const sent = await sentOnce(world, { metadata: { n: 1 } })
      await sent.isRepeat()
      await sent.isRepeat()
    },
    { of: ['dedupe/repeat-gets-the-first-ids'], title: 'A repeat is answered with the ids of the first, each time.' },
  ),

  chatCase(
    'dedupe/repeat-is-answered-late-in-the-window',
    async (world) => {
      const bystander = await world.ready('bystander')
      const { limits } = bystander.welcome.payload
      await lateIn(world, limits, 'dedupe_window_ms', async (waitMs, room) => {
        const alice = await world.ready('alice')
        const message = { room, client_msg_id: 'm1', text: 'hello' }
        const term = new Term(limits, 'dedupe_window_ms')
        const first = await alice.ok<'send_message'>(alice.send('send_message', message))
        await bystander.staysOpen(waitMs)
        const second = await alice.ok<'send_message'>(alice.send('send_message', message))
        return { term, judge: () => expectEqual('the ok to the repeat', second, { ...first, duplicate: true }) }
      })
    },
    {
      of: ['dedupe/repeat-gets-the-first-ids'],
      title: 'A repeat is recognised until dedupe_window_ms after the first.',
    },
  ),

  chatCase('dedupe/repeat-is-not-delivered', async (world) => {
    const sent = await sentOnce(world)
    const { room, alice } = sent
    const bob = await world.member('bob', room)
    await sent.isRepeat()
    await sent.isRepeat()
    await alice.says(room, 'next')
    await bob.hearsText('next')
    await alice.hearsText('next')
    expectEqual('seq and text to alice', heardBy(alice), [
      [1, 'hello'],
      [2, 'next'],
    ])
    expectEqual('seq and text to bob', heardBy(bob), [[2, 'next']])
  }),

  chatCase('dedupe/first-is-no-duplicate', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    for (const text of ['same', 'same', 'other']) {
      const { duplicate = false } = await alice.says(room, text)
      expectEqual('duplicate', duplicate, false)
    }
  }),

  chatCase('dedupe/holds-across-connections', async (world) => {
    const sent = await sentOnce(world)
    const claims = { sub: world.user('alice') }
    // Beside the first connection, and after it was lost, without its session: as a client that saw no ok may do.
    await sent.isRepeat({ by: await world.ready('laptop', { claims }) })
    sent.alice.connection.destroy()
    const later = await world.ready('later', { claims })
    await sent.isRepeat({ by: later })
    expectEqual('head_seq', (await later.subscribed(sent.room)).head_seq, 1)
  }),

  chatCase(
    'dedupe/pipelined-repeats-are-one',
    async (world) => {
      const room = world.room()
      const alice = await world.member('alice', room)
      const copies = Math.min(8, alice.welcome.payload.limits.rate_burst - 2)
      world.fits(2, copies, 'rate_burst')
      await expectOne(
        room,
        Array.from({ length: copies }, () => alice),
      )
    },
    {
      of: ['dedupe/holds-in-flight'],
      title: 'Of equal messages that follow each other on one connection without waiting, one is delivered.',
    },
  ),

  chatCase(
    'dedupe/simultaneous-repeats-are-one',
    async (world) => {
      const room = world.room()
      const sub = world.user('alice')
      const devices = await Promise.all(
        ['phone', 'laptop', 'tablet', 'watch'].map((name) => world.member(name, room, { claims: { sub } })),
      )
      await expectOne(room, devices)
    },
    {
      of: ['dedupe/holds-in-flight'],
      title: 'Of equal messages that several connections of one user send at the same time, one is delivered.',
    },
  ),

  chatCase(
    'dedupe/simultaneous-others-conflict',
    async (world) => {
      const room = world.room()
      const sub = world.user('alice')
      const phone = await world.ready('phone', { claims: { sub } })
      const laptop = await world.ready('laptop', { claims: { sub } })
      const term = new Term(phone.welcome.payload.limits, 'dedupe_window_ms')
      const sent = [phone, laptop].map((device) => ({
        device,
        id: device.send('send_message', { room, client_msg_id: 'm1', text: `from ${device.name}` }),
      }))
      const outcomes: string[] = []
      for (const { device, id } of sent) {
        const answer = await answered(device, id)
        outcomes.push(answer.type === 'ok' ? 'ok' : answer.payload.code)
      }
      term.judge(() => expectEqual('the two answers', outcomes.sort(), ['conflict', 'ok']))
    },
    {
      of: ['dedupe/other-content-is-conflict'],
      title:
        'Of two messages with one client_msg_id and other content in flight together, one is accepted and one not.',
    },
  ),

  chatCase('dedupe/users-are-apart', async (world) => {
    const sent = await sentOnce(world)
    await sent.isNew(2, { by: await world.ready('bob') })
    await sent.isNew(3, { by: await world.ready('carol'), with: { text: 'other content' } })
    // A sub and a room that are joined into one key can be joined from others, too.
    for (const [at, mark] of [':', '.', '-', '_'].entries()) {
      const [sub, stem] = [world.user('dan'), world.room(`x${at}`)]
      const dan = await world.ready('dan', { claims: { sub } })
      await sent.isNew(1, { by: dan, with: { room: `${stem}${mark}${sent.room}`, text: 'in the longer room' } })
      const longer = await world.ready('longer', { claims: { sub: `${sub}${mark}${stem}` } })
      await sent.isNew(4 + at, { by: longer, with: { text: 'of the longer sub' } })
    }
  }),

  chatCase('dedupe/rooms-are-apart', async (world) => {
    const sent = await sentOnce(world)
    await sent.isNew(1, { with: { room: world.room('there') } })
    await sent.isNew(1, { with: { room: world.room('elsewhere'), text: 'other content' } })
    // A room and an id that are joined into one key can be joined from others, too.
    for (const [at, mark] of ['-', '_'].entries()) {
      await sent.isNew(1 + at, { with: { room: world.room('x'), client_msg_id: `y${mark}z` } })
      await sent.isNew(1, { with: { room: world.room(`x${mark}y`), client_msg_id: 'z', text: 'other content' } })
    }
  }),

  chatCase('dedupe/refused-is-not-remembered', async (world) => {
    const room = world.room()
    const readOnly = { rooms: null, rooms_read: [`${world.stage.name}.*`] }
    const alice = await world.ready('alice', { claims: readOnly })
    await alice.refused(
      alice.send('send_message', { room, client_msg_id: 'm1', text: 'not mine to send' }),
      'forbidden',
    )
    await alice.ok(alice.send('auth_refresh', { token: await world.token('alice') }))
    const large = { metadata: { fill: 'x'.repeat(3072) } }
    await alice.refused(
      alice.send('send_message', { room, client_msg_id: 'm2', text: 'too large', ...large }),
      'payload_too_large',
    )
    alice.sendJson({ type: 'send_message', id: 'x1', payload: { room, client_msg_id: 'm3', text: '' } })
    await alice.refused('x1', 'invalid_payload')
    for (const client_msg_id of ['m1', 'm2', 'm3']) {
      const { duplicate = false } = await alice.ok<'send_message'>(
        alice.send('send_message', { room, client_msg_id, text: 'accepted now' }),
      )
      expectEqual('duplicate', duplicate, false)
    }
  }),

  chatCase('dedupe/grant-comes-first', async (world) => {
    const sent = await sentOnce(world)
    const readOnly = { rooms: null, rooms_read: [`${world.stage.name}.*`] }
    const reader = await world.ready('reader', { claims: { sub: world.user('alice'), ...readOnly } })
    await reader.refused(reader.send('send_message', sent.message), 'forbidden')
    await sent.isRepeat()
    await sent.alice.ok(sent.alice.send('auth_refresh', { token: await world.token('alice', readOnly) }))
    await sent.alice.refused(sent.alice.send('send_message', sent.message), 'forbidden')
  }),

  chatCase('dedupe/rate-comes-first', async (world) => {
    const { message } = await sentOnce(world)
    const laptop = (await world.ready('laptop', { claims: { sub: world.user('alice') } })).flooding()
    laptop.answersPings = false
    const { limits } = laptop.welcome.payload
    world.bearable(2 * limits.rate_burst)
    const bucket = world.bucket(limits)
    // As many refusals as do not close the connection.
    const ids = Array.from({ length: 2 * limits.rate_burst - 1 }, () => laptop.send('send_message', message))
    let accepted = 0
    for (const id of ids) {
      const answer = await answered(laptop, id)
      if (answer.type === 'ok') accepted += 1
      else expectRefusal(answer, 'rate_limited')
    }
    bucket.allows(accepted, 'repeats answered with ok')
  }),
]

/** All send the same message at once: it takes one place, comes once, and every answer names it. */
async function expectOne(room: string, senders: readonly Ready[]): Promise<void> {
  const [first] = senders as [Ready]
  const message = { room, client_msg_id: 'm1', text: 'once', metadata: { a: 1, b: [2] } }
  const term = new Term(first.welcome.payload.limits, 'dedupe_window_ms')
  const sent = senders.map((sender) => ({ sender, id: sender.send('send_message', message) }))
  const answers: OkPayloads['send_message'][] = []
  for (const { sender, id } of sent) answers.push(await sender.ok<'send_message'>(id))
  await first.says(room, 'next')
  await first.hearsText('next')
  term.judge(() => {
    const [original, ...others] = answers.filter(({ duplicate }) => duplicate !== true)
    expectEqual('further answers without duplicate: true', others, [])
    for (const one of answers)
      expectEqual('an answer, but for its mark', { ...one, duplicate: true }, { ...original, duplicate: true })
    expectEqual('seq and text', heardBy(first), [
      [1, 'once'],
      [2, 'next'],
    ])
  })
}
