/** The opening handshake, and what comes before `welcome`. */
import { expectEqual, expectNotBefore, expectStatus } from '../actors/expect.ts'
import { withOtherSignature } from '../actors/forgery.ts'
import type { World } from '../actors/world.ts'
import { Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

const VERSION = { name: 'shakedown', version: '1' }

export const handshake: readonly ChatCase[] = [
  chatCase('handshake/other-paths-are-4xx', async (world) => {
    await world.ready('alice')
    const lost = await world.connect('lost', { path: '/elsewhere' })
    expectStatus(lost, 400, 499)
  }),

  chatCase('handshake/selects-chat-v1', async (world) => {
    const alice = await world.connect('alice', { subprotocols: ['soap', 'chat.v1', 'chat.v2'] })
    expectEqual('the selected subprotocol', alice.connection.response.subprotocol, 'chat.v1')
  }),

  chatCase('handshake/never-echoes-bearer-entry', async (world) => {
    // The bearer entry comes first: a library that echoes the first offer leaks the token.
    const token = await world.token('alice')
    const subprotocols = [`chat.v1.bearer.${token}`, 'chat.v1']
    const alice = await world.connect('alice', { credential: 'none', subprotocols })
    expectEqual('the selected subprotocol', alice.connection.response.subprotocol, 'chat.v1')
    await world.welcome(alice)
  }),

  chatCase('handshake/no-chat-v1-is-4xx', async (world) => {
    await world.ready('alice')
    expectStatus(await world.connect('other', { subprotocols: ['chat.v2'] }), 400, 499)
    expectStatus(await world.connect('none', { subprotocols: [] }), 400, 499)
  }),

  ...(['header', 'subprotocol'] as const).map((credential) =>
    chatCase(`handshake/token-in-${credential}`, async (world) => {
      const alice = await world.ready('alice', { credential, claims: { name: 'Alice' } })
      expectEqual('welcome.user', alice.welcome.payload.user, { id: world.user('alice'), name: 'Alice' })
    }),
  ),

  chatCase('handshake/token-in-hello', async (world) => {
    const alice = await world.upgrade('alice', { credential: 'none' })
    const welcome = await world.welcome(alice, { token: await world.token('alice') })
    expectEqual('welcome.user.id', welcome.payload.user.id, world.user('alice'))
  }),

  chatCase('handshake/token-not-in-query', async (world) => {
    const token = await world.token('alice')
    for (const name of ['token', 'access_token', 'jwt']) {
      const alice = await world.upgrade(`alice-${name}`, { credential: 'none', path: `/ws?${name}=${token}` })
      sayHello(alice)
      await alice.closes(4100)
    }
  }),

  chatCase('handshake/two-credentials-close-4100', async (world) => {
    const token = await world.token('alice')
    const both = await world.upgrade('both', { token, subprotocols: ['chat.v1', `chat.v1.bearer.${token}`] })
    await both.closes(4100)
    const late = await world.upgrade('late', { token })
    late.send('hello', { client: VERSION, token })
    await late.closes(4100)
  }),

  chatCase('handshake/accepts-4096-octet-token', async (world) => {
    await world.ready('alice', { token: await tokenOfLength(world, 4096) })
  }),

  chatCase('handshake/bad-credential-closes-after-upgrade', async (world) => {
    const token = await world.token('alice')
    await world.ready('alice', { token })
    for (const credential of ['header', 'subprotocol'] as const) {
      const forger = await world.upgrade(`forger-${credential}`, { token: withOtherSignature(token), credential })
      await forger.closes(4100)
    }
  }),

  chatCase('handshake/expired-credential-closes-4101', async (world) => {
    const { server_time, limits } = (await world.ready('alice')).welcome.payload
    // By the server's own clock: as little beyond the leeway as whole seconds allow, and long ago.
    const now = Math.floor(Date.parse(server_time) / 1000)
    for (const ago of [Math.ceil(limits.auth_leeway_ms / 1000) + 2, 3600]) {
      const late = await world.upgrade(`late-${ago}`, { claims: { exp: now - ago, iat: now - ago - 60 } })
      sayHello(late)
      await late.closes(4101)
      expectEqual('welcomes', late.seen('welcome').length, 0)
    }
  }),

  chatCase('handshake/expired-and-forged-closes-4100', async (world) => {
    const exp = Math.floor(Date.now() / 1000) - 120
    const token = withOtherSignature(await world.token('forger', { exp, iat: exp - 60 }))
    await (await world.upgrade('forger', { token })).closes(4100)
  }),

  chatCase('handshake/no-credential-closes-4100', async (world) => {
    const alice = await world.upgrade('alice', { credential: 'none' })
    sayHello(alice)
    await alice.closes(4100)
  }),

  chatCase('handshake/disallowed-origin-is-403', async (world) => {
    await world.ready('alice')
    const { origin: allowed = '' } = world.stage.target
    const near = allowed === '' ? [] : [`${allowed}.example`, `${allowed}:8443`, `${allowed}/`, allowed.toUpperCase()]
    for (const origin of ['https://stranger.example', 'null', ...near]) {
      const stranger = await world.connect('stranger', { origin })
      expectStatus(stranger, 403, 403)
    }
  }),

  chatCase('handshake/allowed-origin-is-accepted', async (world) => {
    const { origin } = world.stage.target
    if (origin === undefined) throw new Skip('no Origin is known that the target allows; give one by --origin')
    const alice = await world.upgrade('alice', { origin })
    await world.welcome(alice)
  }),

  chatCase('handshake/no-origin-is-allowed', async (world) => {
    const alice = await world.upgrade('alice', { origin: null })
    await world.welcome(alice)
  }),

  chatCase('handshake/welcome-is-first', async (world) => {
    const alice = await world.ready('alice')
    await alice.fence()
    expectEqual('the first frame', alice.received()[0]?.type, 'welcome')
    // What a server says before it is spoken to has arrived when it has answered a ping of RFC 6455.
    const slow = await world.upgrade('slow')
    await slow.connection.ping('before hello')
    await slow.connection.next({ from: 0, matches: ({ opcode }) => opcode === 10, withinMs: world.stage.patience })
    await world.welcome(slow)
    expectEqual('the first frame', slow.received()[0]?.type, 'welcome')
  }),

  chatCase('handshake/welcome-names-the-user', async (world) => {
    const named = await world.ready('named', { claims: { name: 'Ñame ✨' } })
    expectEqual('welcome.user', named.welcome.payload.user, { id: world.user('named'), name: 'Ñame ✨' })
    const nameless = await world.ready('nameless', { claims: { name: null } })
    expectEqual('welcome.user', nameless.welcome.payload.user, { id: world.user('nameless') })
    const long = await world.ready('long', { claims: { name: '😀'.repeat(129) } })
    expectEqual('welcome.user.name', long.welcome.payload.user.name, '😀'.repeat(128))
  }),

  chatCase('handshake/no-hello-closes-4102', async (world) => {
    const { limits } = (await world.ready('alice')).welcome.payload
    const wait = world.affords(limits, 'auth_timeout_ms')
    const began = performance.now()
    const mute = await world.upgrade('mute')
    const end = await mute.closes(4102, wait + world.stage.patience)
    expectNotBefore(`auth_timeout_ms = ${wait} ms before 4102`, end.atMs - began, wait)
  }),

  chatCase('handshake/other-first-message-closes-4100', async (world) => {
    const alice = await world.upgrade('alice')
    alice.send('ping', {})
    await alice.closes(4100)
  }),

  chatCase('handshake/binary-before-welcome-closes-1003', async (world) => {
    const alice = await world.upgrade('alice')
    await alice.connection.send({ opcode: 2, payload: Buffer.from('{}') })
    await alice.closes(1003)
  }),

  chatCase('handshake/oversized-before-welcome-closes-1009', async (world) => {
    const { max_message_bytes: max } = (await world.ready('alice')).welcome.payload.limits
    const hello = (octets: number) => {
      const text = JSON.stringify({ type: 'hello', id: 'h1', payload: { client: VERSION } })
      return `${text.slice(0, -1)}${' '.repeat(octets - text.length)}}`
    }
    const longest = await world.upgrade('longest')
    longest.sendText(hello(max))
    await longest.next('welcome')
    const longer = await world.upgrade('longer')
    longer.sendText(hello(max + 1))
    await longer.closes(1009)
  }),

  chatCase('handshake/unparseable-hello-closes-4000', async (world) => {
    const alice = await world.upgrade('alice')
    alice.sendText('{"type":"hello","id":"h1","payload":')
    await alice.closes(4000)
  }),

  chatCase('handshake/invalid-hello-closes-4000', async (world) => {
    const alice = await world.upgrade('alice')
    alice.sendJson({ type: 'hello', id: 'h1', payload: { client: { name: 'shakedown' } } })
    await alice.closes(4000)
  }),

  chatCase('handshake/second-hello-closes-4003', async (world) => {
    const alice = await world.ready('alice')
    sayHello(alice)
    await alice.closes(4003)
  }),

  chatCase('handshake/pipelined-frames-are-answered-in-order', async (world) => {
    const alice = await world.upgrade('alice')
    let hello = ''
    let pings: string[] = []
    alice.connection.together(() => {
      hello = sayHello(alice)
      pings = Array.from({ length: 16 }, () => alice.send('ping', {}))
    })
    // A burst of fewer than sixteen refuses some of them for their rate, and that is an answer too.
    await alice.until((message) => 'reply_to' in message && message.reply_to === pings.at(-1), 'sixteen answers')
    const order = alice.replies().filter((id) => id === hello || pings.includes(id))
    expectEqual('the order of the answers', order, [hello, ...pings])
  }),
]

type Greeter = Awaited<ReturnType<World['upgrade']>>
const sayHello = (actor: Greeter) => actor.send('hello', { client: VERSION })

/** A valid token of at most this many octets, and hardly fewer: base64url has no text of every length. */
async function tokenOfLength(world: World, length: number): Promise<string> {
  const bare = await world.token('alice', { jti: '' })
  let pad = Math.floor((length - bare.length) * 0.75) + 3
  for (;;) {
    const token = await world.token('alice', { jti: 'j'.repeat(pad) })
    if (token.length <= length) return token
    pad -= 1
  }
}
