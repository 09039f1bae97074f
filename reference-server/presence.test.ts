import t from 'tap'
import { PROFILES } from '../schemas/generated/tables.ts'
import { InProcessBus } from './in-process-bus.ts'
import { InProcessPresence } from './in-process-presence.ts'

const GRACE_MS = 10
const [ALICE, BOB] = [{ id: 'alice' }, { id: 'bob' }]

/** A presence whose events in the lobby are kept, and can be waited for. */
async function world() {
  const bus = new InProcessBus(PROFILES.test)
  const events: string[] = []
  const revs: number[] = []
  let wake = () => {}
  await bus.subscribe('lobby', {
    stored: () => {},
    reset: () => {},
    passing: ({ event }) => {
      if (event.type !== 'presence') return
      const { user, event: what, status, rev } = event.payload
      events.push(`${user.id} ${what} ${status}`)
      revs.push(rev)
      wake()
    },
  })
  const next = () => new Promise<void>((resolve) => (wake = resolve))
  return { presence: new InProcessPresence(bus, GRACE_MS), events, revs, next }
}

t.test('the first connection joins, and the last one leaves', async (t) => {
  const { presence, events, revs } = await world()
  await presence.enter('lobby', ALICE, 'a1', 'online')
  await presence.enter('lobby', ALICE, 'a2', 'online')
  await presence.exit('lobby', 'alice', 'a1', 'left')
  await presence.exit('lobby', 'alice', 'a1', 'left')
  t.strictSame(events, ['alice join online'])
  await presence.exit('lobby', 'alice', 'a2', 'left')
  await presence.enter('lobby', ALICE, 'a3', 'online')
  t.strictSame(events, ['alice join online', 'alice leave online', 'alice join online'])
  t.strictSame(
    revs,
    [...new Set(revs)].sort((a, b) => a - b),
    'rev grows over leaves and rejoins',
  )
})

t.test('who broke is present until the grace is over, and silent on coming back', async (t) => {
  const { presence, events, next } = await world()
  // The grace does not keep a process alive.
  const awake = setInterval(() => {}, GRACE_MS)
  t.teardown(() => clearInterval(awake))
  await presence.enter('lobby', ALICE, 'a1', 'online')
  await presence.exit('lobby', 'alice', 'a1', 'lost')
  t.equal((await presence.list('lobby', 9)).count, 1)
  await presence.enter('lobby', ALICE, 'a2', 'online')
  await presence.exit('lobby', 'alice', 'a2', 'lost')
  t.strictSame(events, ['alice join online'])
  await next()
  t.strictSame(events, ['alice join online', 'alice leave online'])
  t.equal((await presence.list('lobby', 9)).count, 0)
})

t.test('who leaves on purpose leaves at once, though another connection broke before', async (t) => {
  const { presence, events } = await world()
  await presence.enter('lobby', ALICE, 'a1', 'online')
  await presence.enter('lobby', ALICE, 'a2', 'online')
  await presence.exit('lobby', 'alice', 'a1', 'lost')
  await presence.exit('lobby', 'alice', 'a2', 'left')
  t.strictSame(events, ['alice join online', 'alice leave online'])
})

t.test('a status is told where it changes, and ends with the last room', async (t) => {
  const { presence, events } = await world()
  t.equal(await presence.setStatus('alice', 'away'), false, 'nobody is there to be told')
  await presence.enter('lobby', ALICE, 'a1', 'dnd')
  t.equal(await presence.setStatus('alice', 'dnd'), true)
  await presence.setStatus('alice', 'away')
  await presence.exit('lobby', 'alice', 'a1', 'left')
  t.equal(await presence.statusOf('alice'), undefined)
  t.strictSame(events, ['alice join dnd', 'alice update away', 'alice leave away'])
})

t.test('a list is cut, and says of how many; every later event has a higher rev', async (t) => {
  const { presence, revs } = await world()
  await presence.enter('lobby', ALICE, 'a1', 'online')
  await presence.enter('lobby', BOB, 'b1', 'online')
  const { users, count, rev } = await presence.list('lobby', 1)
  t.strictSame([users.map(({ user }) => user.id), count], [['alice'], 2])
  await presence.setStatus('alice', 'away')
  t.ok((revs.at(-1) ?? 0) > rev)
})
