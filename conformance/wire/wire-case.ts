/** How a case of the wire pack is written: an id, the sentences that it checks, and what the frames must lead to. */
import type { Case, Stage } from '../runner/case.ts'
import { Finding } from '../runner/case.ts'
import type { OutgoingFrame } from '../socket/frame.ts'
import { Echo } from './carrier.ts'
import { text } from './frames.ts'

export interface Basis {
  /** Sentences of RFC6455.md, without the prefix; they share one level. */
  readonly cites: readonly string[]
  /** The number of Autobahn's case that sends the same. */
  readonly autobahn?: string
}

export function wireCase(id: string, title: string, basis: Basis, play: (echo: Echo) => Promise<void>): Case {
  const { cites, autobahn } = basis
  return {
    id,
    pack: 'wire',
    title,
    requirements: cites.map((cite) => `rfc6455/${cite}`),
    ...(autobahn === undefined ? {} : { aliases: [`autobahn:${autobahn}`] }),
    run: (stage: Stage) => play(new Echo(stage)),
  }
}

export interface Violation extends Basis {
  /** The wrong frame, and what must go with it. */
  readonly frames: readonly OutgoingFrame[]
  /** Exchange a valid message first, on the same connection. */
  readonly afterText?: boolean
}

/** The server fails a connection for these frames, and goes on serving others. */
export function violation(id: string, title: string, { frames, afterText = false, ...basis }: Violation): Case {
  return wireCase(id, title, basis, async (echo) => {
    const client = await echo.connect()
    if (afterText) await client.exchanges(text('valid'))
    await client.sends(...frames)
    await client.isFailed()
    await echo.stillServes()
  })
}

/** The Close frame with which the server fails a connection says why. Where it breaks a SHOULD, that is a warning. */
export function failureCode(id: string, title: string, codes: readonly number[], breach: Violation): Case {
  const { frames, ...basis } = breach
  return wireCase(id, title, basis, async (echo) => {
    const client = await echo.connect()
    await client.sends(...frames)
    const end = await client.isFailed()
    await echo.stillServes()
    if (end.code === undefined || !codes.includes(end.code))
      throw new Finding(
        `Close ${codes.join(' or ')}`,
        end.kind === 'closed' ? `Close ${end.code ?? 'without a code'}` : 'none',
      )
  })
}
