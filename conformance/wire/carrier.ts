/** What carries the frames of the wire pack to a server, and brings answers back: an echo, so far. */
import type { Target } from '../../schemas/target.ts'
import { Finding, Skip, type Stage } from '../runner/case.ts'
import { open, Unreachable } from '../socket/connection.ts'
import { Client } from './client.ts'
import { text } from './frames.ts'

export type Carrier = 'echo' | 'chat'

/** What a carrier's handshake needs of a target. */
type Address = Pick<Target, 'urls' | 'origin'>

/**
 * Which carrier a target offers: `chat` where it selects `chat.v1`, else `echo`. Many libraries select whatever is offered
 * first, which says nothing; so something else is.
 * @throws Unreachable where no handshake is answered
 */
export async function detectCarrier(target: Address, timeoutMs: number, signal: AbortSignal): Promise<Carrier> {
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

/** The world of one case: connections to a server that echoes messages. */
export class Echo {
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** @throws Skip where the server does not let a plain client in, Finding where it does so wrongly. */
  async connect(name = 'client'): Promise<Client> {
    const { target, patience, signal } = this.#stage
    const record = this.#stage.record.bind(this.#stage)
    const options = { ...common(target), name, record, signal, timeoutMs: patience }
    const connection = await open(firstUrl(target), options).catch((error: unknown) => {
      throw error instanceof Unreachable ? new Finding('an answer to the opening handshake', error.message) : error
    })
    this.#stage.cleanup(() => connection.destroy())
    const { status, accepted, problem = '' } = connection.response
    if (status >= 400 && status < 500)
      throw new Skip(`the server answers ${status} to a client without subprotocol or credential: it is no echo server`)
    if (!accepted) throw new Finding('a handshake that opens a WebSocket', problem)
    return new Client(connection, patience)
  }

  /** After a violation: the same exchange done rightly works, on a connection of its own. */
  async stillServes(): Promise<void> {
    const other = await this.connect('bystander')
    await other.exchanges(text('still there?'))
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
