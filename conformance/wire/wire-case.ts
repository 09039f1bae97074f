/** How a case of the wire pack is written: an id, the sentences that it checks, and what the frames must lead to. */
import type { Case, Stage } from '../runner/case.ts'
import { Finding } from '../runner/case.ts'
import type { End } from '../socket/connection.ts'
import { OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import { Echo } from './carrier.ts'
import { fragments } from './frames.ts'

export interface Basis {
  /** Sentences of RFC6455.md, without the prefix; they share one level. */
  readonly cites: readonly string[]
  /** The number of Autobahn's case that sends the same frames. */
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
    run: async (stage: Stage) => {
      const echo = new Echo(stage)
      await play(echo)
      await echo.isDone()
    },
  }
}

export interface Violation extends Basis {
  /** The wrong frame, and what must go with it. */
  readonly frames: readonly OutgoingFrame[]
  /** The fragments of a valid text message that is exchanged first, on the same connection. */
  readonly afterText?: readonly string[]
}

/** The server fails a connection for these frames without answering them, and goes on serving others. */
export function violation(id: string, title: string, breach: Violation): Case {
  return wireCase(id, title, breach, async (echo) => {
    await fails(echo, breach)
  })
}

/** The Close frame with which the server fails a connection says why. Where it breaks a SHOULD, that is a warning. */
export function failureCode(id: string, title: string, codes: readonly number[], breach: Violation): Case {
  return wireCase(id, title, breach, async (echo) => {
    const { kind, code } = await fails(echo, breach)
    if (code === undefined || !codes.includes(code))
      throw new Finding(`Close ${codes.join(' or ')}`, kind === 'closed' ? `Close ${code ?? 'without a code'}` : 'none')
  })
}

async function fails(echo: Echo, { frames, afterText }: Violation): Promise<End> {
  const client = await echo.connect()
  if (afterText !== undefined) {
    await client.sends(...fragments(OPCODE.text, afterText))
    await client.receives(OPCODE.text, Buffer.from(afterText.join('')))
  }
  await client.sends(...frames)
  const end = await client.isFailed()
  const bystander = await echo.stillServes()
  client.answersNothing(frames, bystander.greetings)
  return end
}
