/** What carries the messages of the wire pack to a server and back. */
import type { Target } from '../../schemas/target.ts'
import { Finding, Skip, type Stage } from '../runner/case.ts'
import { perform } from '../runner/stage.ts'
import { open } from '../socket/connection.ts'
import type { Message } from '../socket/message.ts'
import { text } from './frames.ts'
import { seenOn } from './seen.ts'
import { type Address, type Carrier, commonOptions, firstUrl, World } from './world.ts'

/** The carrier, or why no case can be played. */
export type Found = { readonly carrier: Carrier } | { readonly reason: string }

/**
 * What carries the cases to a target. Asked once, before them: whoever is let in and served now has to be later, too.
 * @param asked `auto` asks the server.
 * @throws Unreachable where no handshake is answered
 */
export async function findCarrier(
  asked: Carrier | 'auto',
  target: Target,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Found> {
  const offered = await detect(target, timeoutMs, signal)
  const carrier = asked === 'auto' ? offered : asked
  const reason = await (carrier === 'chat' ? whyNoChat : whyNoEcho)(target, timeoutMs, signal)
  return reason === undefined ? { carrier } : { reason }
}

/**
 * Which carrier a target offers: `chat` where it selects `chat.v1`, else `echo`. Many libraries select whatever is offered
 * first, which says nothing; so something else is.
 */
async function detect(target: Address, timeoutMs: number, signal: AbortSignal): Promise<Carrier> {
  const connection = await open(firstUrl(target), {
    ...commonOptions(target),
    name: 'probe',
    subprotocols: ['shakedown.none', 'chat.v1'],
    record: () => {},
    signal,
    timeoutMs,
  })
  connection.destroy()
  return connection.response.subprotocol === 'chat.v1' ? 'chat' : 'echo'
}

/** Why a server is no chat.v1 server; undefined where it is one, or opens a connection wrongly, which the cases will say. */
async function whyNoChat(target: Target, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
  let status: number | undefined
  const run = async (stage: Stage) => {
    const world = new World(stage, { carrier: 'chat', messages: 1 })
    const { response } = await world.knock('probe')
    status = response.status
    if (response.accepted) await world.stillServes()
  }
  const probe = { id: 'probe/chat', pack: 'wire', title: 'A text comes back.', requirements: [], run } as const
  const { thrown } = await perform(probe, { target, patience: timeoutMs, maxWaitMs: 0, signal })
  signal.throwIfAborted()
  if (thrown instanceof Skip) return thrown.message
  if (thrown instanceof Finding) return `${thrown.message}: it is no chat.v1 server`
  if (thrown !== undefined) throw thrown
  return status === 101
    ? undefined
    : `the server answers ${status} to a client with a credential: it is no chat.v1 server`
}

/** Why a server is no echo server; undefined where it is one, or opens a connection wrongly, which the cases will say. */
async function whyNoEcho(target: Address, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
  const connection = await open(firstUrl(target), {
    ...commonOptions(target),
    name: 'probe',
    record: () => {},
    signal,
    timeoutMs,
  })
  try {
    const { status, accepted } = connection.response
    if (status !== 101)
      return `the server answers ${status} to a client without subprotocol or credential: it is no echo server`
    if (!accepted) return undefined
    const { payload } = text('is this an echo server?')
    await connection.send(text(payload))
    const matches = (message: Message) => message.payload.equals(payload)
    const found = await connection.nextMessage({ from: 0, matches, withinMs: timeoutMs })
    if (found !== 'timeout' && 'payload' in found) return undefined
    const seen = seenOn(connection, found === 'timeout' ? timeoutMs : undefined)
    return `the server sends no text back, but ${seen}: it is no echo server`
  } finally {
    connection.destroy()
  }
}
