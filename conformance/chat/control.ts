/** What a server offers under `/control/`, and beside it, to whoever operates it. */
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { Finding, Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** A line of metrics: a comment, or a name with labels, a value and perhaps a time. */
const METRIC = /^(#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? \S+( -?\d+)?)?$/

const OK_STATUS = 200

async function answers(world: World, path: '/readyz' | '/healthz', status: number): Promise<void> {
  const { target } = world.stage
  if (target.controlToken === undefined && target.launch === undefined)
    throw new Skip(`the target offers no control paths, and need not offer ${path}`)
  expectEqual(`the HTTP status of ${path}`, (await world.get(path)).status, status)
}

async function post(world: World, path: Parameters<World['control']>[0], body: unknown, status: number) {
  const answer = await world.control(path, body)
  expectEqual(`the HTTP status of /control/${path} for ${JSON.stringify(body)}`, answer.status, status)
  return answer.body
}

export const control: readonly ChatCase[] = [
  chatCase('control/readyz-is-200', async (world) => {
    await world.ready('alice')
    await answers(world, '/readyz', OK_STATUS)
  }),

  chatCase('control/healthz-is-200', async (world) => {
    await world.ready('alice')
    await answers(world, '/healthz', OK_STATUS)
  }),

  chatCase('control/metrics', async (world) => {
    const { status, text } = await world.get('/metrics')
    expectEqual('the HTTP status', status, OK_STATUS)
    const wrong = text.split('\n').find((line) => !METRIC.test(line.replace(/\r$/, '')))
    if (wrong !== undefined) throw new Finding('lines in the text form of Prometheus', JSON.stringify(wrong))
    expectTrue('a metric', /^[a-zA-Z_:]/m.test(text), 'none')
  }),

  chatCase('control/absent-without-a-token', async (world) => {
    const { controlToken, launch } = world.stage.target
    const hasNone = controlToken === undefined && launch !== undefined
    const there = hasNone ? world : await world.apart({ env: { CHAT_CONTROL_TOKEN: undefined } })
    const sub = world.user('alice')
    const requests = {
      notify: { sub, kind: 'test', title: 'hello' },
      revoke: { sub },
      'reset-epoch': { room: world.room() },
      drain: { sub },
    }
    for (const token of [null, controlToken ?? 'undefined', '']) {
      for (const [path, body] of Object.entries(requests)) {
        const { status } = await there.control(path as keyof typeof requests, body, token)
        expectEqual(`the HTTP status of /control/${path}`, status, 404)
      }
    }
  }),

  chatCase('control/needs-the-token', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const { epoch } = await alice.subscribed(room)
    const sub = world.user('alice')
    const token = world.controlToken()
    for (const wrong of [null, '', 'wrong', `${token}x`, token.slice(0, -1)]) {
      const requests = {
        notify: { room, kind: 'test', text: 'unheard' },
        revoke: { sub },
        'reset-epoch': { room },
        drain: { sub, deadline_ms: 0 },
      }
      for (const [path, body] of Object.entries(requests)) {
        const { status } = await world.control(path as keyof typeof requests, body, wrong)
        expectEqual(`the HTTP status of /control/${path}`, status, 401)
      }
    }
    await post(world, 'notify', { room, kind: 'test', text: 'heard' }, OK_STATUS)
    const heard = await alice.next('system_message')
    expectEqual(
      'text, seq and epoch',
      [heard.payload.text, heard.payload.seq, heard.payload.epoch],
      ['heard', 1, epoch],
    )
    await alice.fence()
    expectEqual('draining', alice.seen('draining').length, 0)
  }),

  chatCase('control/bad-body-is-400', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const sub = world.user('alice')
    const notice = { room, kind: 'test', text: 'unheard' }
    for (const text of ['', '{', 'null', '[]', `[${JSON.stringify(notice)}]`, `${JSON.stringify(notice)},`])
      await post(world, 'notify', text, 400)
    const { kind: _, ...kindless } = notice
    for (const body of [{ ...notice, text: '' }, kindless, { ...notice, room: 'No Room' }, { ...notice, room: '@me' }])
      await post(world, 'notify', body, 400)
    for (const body of [
      { sub, kind: 'test' },
      { sub, kind: 'test', title: 'hi', data: [] },
    ])
      await post(world, 'notify', body, 400)
    for (const body of ['{', {}, { jti: 7 }, { sub: [sub] }, { sub: '' }]) await post(world, 'revoke', body, 400)
    for (const body of ['{', {}, { room: '@me' }, { room: [room] }]) await post(world, 'reset-epoch', body, 400)
    // Each names a user, lest a server that does it all the same drain the node under other cases.
    for (const fault of [{ deadline_ms: '0' }, { deadline_ms: -1 }, { reconnect_after: 0 }])
      await post(world, 'drain', { sub, ...fault }, 400)
    await post(world, 'notify', { ...notice, text: 'heard', future: true }, OK_STATUS)
    expectEqual('text', (await alice.next('system_message')).payload.text, 'heard')
    await alice.fence()
    expectEqual('draining and notifications', [...alice.seen('draining'), ...alice.seen('notification')], [])
  }),

  chatCase('control/two-targets-are-400', async (world) => {
    const room = world.room()
    const claims = { jti: `${world.stage.name}-1` }
    const alice = await world.member('alice', room, { claims })
    const sub = world.user('alice')
    await post(world, 'notify', { sub, room, kind: 'test', title: 'hi', text: 'hi' }, 400)
    await post(world, 'revoke', { sub, ...claims }, 400)
    await post(world, 'notify', { room, kind: 'test', text: 'heard' }, OK_STATUS)
    expectEqual('text', (await alice.next('system_message')).payload.text, 'heard')
    await alice.fence()
  }),

  chatCase('control/notify-tells-the-place', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    await alice.says(room, 'one')
    const told = await post(world, 'notify', { room, kind: 'test', text: 'two' }, OK_STATUS)
    const { epoch, seq } = (await alice.next('system_message')).payload
    expectEqual('epoch and seq', { epoch: told.epoch, seq: told.seq }, { epoch, seq })
    if (!alice.welcome.payload.features.includes('notifications')) return
    for (const title of ['one', 'two']) {
      const mine = await post(world, 'notify', { sub: world.user('alice'), kind: 'test', title }, OK_STATUS)
      const { payload } = await alice.next('notification')
      expectEqual('epoch and seq', { epoch: mine.epoch, seq: mine.seq }, { epoch: payload.epoch, seq: payload.seq })
    }
  }),

  chatCase('control/revoke-is-200', async (world) => {
    await post(world, 'revoke', { jti: `${world.stage.name}-never-seen` }, OK_STATUS)
    await post(world, 'revoke', { sub: world.user('never-seen') }, OK_STATUS)
  }),

  chatCase('control/reset-tells-the-epoch', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const former = (await alice.says(room, 'before')).epoch
    const told = await post(world, 'reset-epoch', { room }, OK_STATUS)
    const { epoch } = await (await world.ready('bob')).subscribed(room)
    expectEqual('epoch', told.epoch, epoch)
    expectTrue('another epoch than the former', epoch !== former, 'the same')
  }),

  chatCase('control/drain-is-202', async (world) => {
    const alice = await world.ready('alice')
    const deadline = 5000
    const asked = performance.now()
    await post(world, 'drain', { sub: world.user('alice'), deadline_ms: deadline }, 202)
    const took = performance.now() - asked
    expectTrue(`an answer before the deadline of ${deadline} ms`, took < deadline, `after ${Math.round(took)} ms`)
    await alice.next('draining')
  }),
]
