/** What tests of several nodes have in common: what they need installed, and a user who is in a room. */
import { connect } from 'node:net'
import { Client, HELLO } from '../../reference-server/server-under-test.ts'
import type { Target } from '../../schemas/target.ts'
import { HAPROXY, REDIS, versionOf } from '../system-programs.ts'

const missing = [REDIS, HAPROXY].filter((program) => versionOf(program) === undefined).map(({ name }) => name)

/** Why a test of a whole cluster cannot run here; where a push is tested, it must. */
export const WITHOUT_CLUSTER: string | false =
  missing.length === 0 || process.env.CI !== undefined ? false : `not installed: ${missing.join(', ')}`

/** One who is in the room, and in the session, where one is given. */
export async function member({ mint }: Pick<Target, 'mint'>, url: string, sub: string, session?: string) {
  const client = new Client({ url }, ['chat.v1', `chat.v1.bearer.${await mint({ sub, rooms: ['lobby'] })}`])
  await client.says({ ...HELLO, payload: { ...HELLO.payload, ...(session && { session: { id: session } }) } })
  const { payload } = await client.hears('welcome')
  const welcome = payload as { session: { id: string; resumed: boolean }; limits: Record<string, number> }
  if (session === undefined) {
    await client.says({ type: 'subscribe', id: 's', payload: { room: 'lobby' } })
    await client.hears('ok')
  }
  return { sub, client, ...welcome }
}

export type Member = Awaited<ReturnType<typeof member>>

/** The first sends it, and all of them hear it. */
export async function hearOfEachOther(members: readonly Member[], text: string): Promise<void> {
  const payload = { room: 'lobby', client_msg_id: text.replaceAll(' ', '-'), text }
  await members[0]?.client.says({ type: 'send_message', id: 'send', payload })
  for (const { client } of members) {
    const heard = (await client.hears('user_message')).payload.text
    if (heard !== text) throw new Error(`instead of "${text}" somebody heard "${heard}"`)
  }
}

/** Those of them whose connection has ended; the others answer. */
export async function endedOf(members: readonly Member[]): Promise<readonly Member[]> {
  const isEnded = async ({ client }: Member) => {
    await client.says({ type: 'ping', id: 'p', payload: { nonce: 'n' } })
    return client.hears('pong').then(
      () => false,
      () => true,
    )
  }
  const ended = await Promise.all(members.map(isEnded))
  return members.filter((_, index) => ended[index])
}

/** Resolves when whoever listens at a URL is gone: then they hang up, or nobody answers. */
export function gone(url: string): Promise<unknown> {
  const { port, hostname: host } = new URL(url)
  const socket = connect({ port: Number(port), host }).on('error', () => {})
  return new Promise((resolve) => socket.resume().once('close', resolve))
}
