/** What carries the frames of the wire pack to a server, and brings answers back: an echo, so far. */
import type { Target } from '../../schemas/target.ts'
import { Finding, type Stage } from '../runner/case.ts'
import { open, Unreachable } from '../socket/connection.ts'
import type { Message } from '../socket/message.ts'
import { Client } from './client.ts'
import { text } from './frames.ts'

export type Carrier = 'echo' | 'chat'

/** What a carrier's handshake needs of a target. */
type Address = Pick<Target, 'urls' | 'origin'>

const SPEAKS_CHAT = 'the server speaks chat.v1 and echoes no message: point this pack at an echo server'

/**
 * Why no case can be played on a target; undefined where each can. Asked once, before the cases: whoever is let in and
 * served now has to be later, too.
 * @param carrier `auto` asks the server.
 * @throws Unreachable where no handshake is answered
 */
export async function whyNotCarried(
  carrier: Carrier | 'auto',
  target: Address,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = carrier === 'auto' ? await detectCarrier(target, timeoutMs, signal) : carrier
  return found === 'chat' ? SPEAKS_CHAT : whyNoEcho(target, timeoutMs, signal)
}

/**
 * Which carrier a target offers: `chat` where it selects `chat.v1`, else `echo`. Many libraries select whatever is offered
 * first, which says nothing; so something else is.
 */
async function detectCarrier(target: Address, timeoutMs: number, signal: AbortSignal): Promise<Carrier> {
  const connection = await open(firstUrl(target), {
    ...common(target),
    name: 'probe',
    subprotocols: ['shakedown.none', 'chat.v1'],
    record: () => {},
    signal,
    timeoutMs,
  })
  connection.destroy()
  return connection.response.subprotocol === 'chat.v1' ? 'chat' : 'echo'
}

/** Why a server is no echo server; undefined where it is one, or opens a connection wrongly, which the cases will say. */
async function whyNoEcho(target: Address, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
  const connection = await open(firstUrl(target), {
    ...common(target),
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
    return found !== 'timeout' && 'payload' in found ? undefined : 'the server sends no text back: it is no echo server'
  } finally {
    connection.destroy()
  }
}

/** The world of one case: connections to a server that echoes messages. */
export class Echo {
  readonly #stage: Stage
  readonly #clients: Client[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** @throws Finding where the server does not let a plain client in. */
  async connect(name = 'client'): Promise<Client> {
    const { target, patience, signal } = this.#stage
    const record = this.#stage.record.bind(this.#stage)
    const options = { ...common(target), name, record, signal, timeoutMs: patience }
    const connection = await open(firstUrl(target), options).catch((error: unknown) => {
      throw error instanceof Unreachable ? new Finding('an answer to the opening handshake', error.message) : error
    })
    this.#stage.cleanup(() => connection.destroy())
    const { accepted, problem = '' } = connection.response
    if (!accepted) throw new Finding('a handshake that opens a WebSocket', problem)
    const client = new Client(connection, patience)
    this.#clients.push(client)
    return client
  }

  /** After a violation: the same exchange done rightly works, on a connection of its own. */
  async stillServes(): Promise<Client> {
    const other = await this.connect('bystander')
    await other.exchanges(text('still there?'))
    return other
  }

  /** Ends a case: what holds for every connection of every case. */
  async isDone(): Promise<void> {
    for (const client of this.#clients) await client.isDone()
  }
}

function common({ origin }: Address) {
  const headers = origin === undefined ? [] : ([['Origin', origin]] as const)
  return { headers, autoPong: false, autoClose: false }
}

function firstUrl({ urls }: Address): string {
  const [url] = urls
  if (url === undefined) throw new Error('the target has no WebSocket address')
  return url
}
