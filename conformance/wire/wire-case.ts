/** How a case of the wire pack is written: an id, the sentences that it checks, and what the frames must lead to. */
import { type Case, Finding, type Pack, type Stage } from '../runner/case.ts'
import type { End } from '../socket/connection.ts'
import { OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import { type Chop, type Client, ENDS } from './client.ts'
import { fragments } from './frames.ts'
import { Gate } from './gate.ts'
import { Hall, type WhenFull } from './hall.ts'
import { type Terms, World } from './world.ts'

/** A case that any carrier may play. */
export interface WireCase extends Omit<Case, 'run'> {
  readonly play: (world: World) => Promise<void>
  /** See Basis. */
  readonly strains?: boolean
}

export interface Basis {
  /** Sentences of RFC6455.md, without the prefix, or of RFC7692.md with it; they share one level. */
  readonly cites: readonly string[]
  /** The number of Autobahn's case that sends the same frames, or of several. */
  readonly autobahn?: string | readonly string[]
  /** Takes longer than most. */
  readonly slow?: boolean
  /** It asks of a server more than any should take, who may be late for everybody then: no other case is played beside it. */
  readonly strains?: boolean
}

/** Words of RFC 7692 are cited by the deflate pack alone. */
const RFC7692 = 'rfc7692/'

export function wireCase(id: string, title: string, basis: Basis, play: (world: World) => Promise<void>): WireCase {
  const { cites, autobahn = [], slow, strains } = basis
  const aliases = [autobahn].flat().map((number) => `autobahn:${number}`)
  const pack: Pack = id.startsWith('deflate') ? 'deflate' : 'wire'
  const requirements = cites.map((cite) => (cite.startsWith(RFC7692) ? cite : `rfc6455/${cite}`))
  return {
    ...{ id, pack, title, requirements },
    named: requirements.filter((one) => one === ENDS.failed || one === ENDS.closed),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(slow === undefined ? {} : { slow }),
    ...(strains === undefined ? {} : { strains }),
    play: async (world) => {
      await play(world)
      await world.isDone()
    },
  }
}

/** How many cases may move mebibytes at once, lest the server be late for the others. */
const MOST_SLOW = 4

/** A case waits for its turn among others that a slow server may take minutes for, in ms. */
const LONGEST_WAIT_MS = 1_200_000

/** The cases as the runner plays them. */
export function carried(cases: readonly WireCase[], terms: Terms): readonly Case[] {
  const [slowly, hall] = [new Gate(MOST_SLOW), new Hall()]
  return cases.map(({ play, strains, ...bare }) => {
    const one = { ...bare, longestMs: LONGEST_WAIT_MS }
    const on = (stage: Stage) => (whenFull: WhenFull) => play(new World(stage, terms, whenFull))
    const beside: Case['run'] = (stage) => hall.beside(on(stage))
    if (strains) return { ...one, run: (stage) => hall.alone(on(stage)) }
    return { ...one, run: one.slow ? (stage) => slowly.through(() => beside(stage)) : beside }
  })
}

export interface Violation extends Basis {
  /** The wrong frame, and what must go with it. */
  readonly frames: readonly OutgoingFrame[]
  /** The fragments of a valid text message that is exchanged first, on the same connection. */
  readonly afterText?: readonly string[]
  /** Default all at once. */
  readonly chop?: Chop
  /** How the client comes in; default as any does. */
  readonly connect?: (world: World) => Promise<Client>
}

/** The server fails a connection for these frames without answering them, and goes on serving others. */
export function violation(id: string, title: string, breach: Violation): WireCase {
  return wireCase(id, title, breach, async (world) => {
    await fails(world, breach)
  })
}

/** The Close frame with which the server fails a connection says why. Where it breaks a SHOULD, that is a warning. */
export function failureCode(id: string, title: string, codes: readonly number[], breach: Violation): WireCase {
  return wireCase(id, title, breach, async (world) => {
    namesCause(await fails(world, breach), codes)
  })
}

export function namesCause({ kind, code }: End, codes: readonly number[]): void {
  if (code === undefined || !codes.includes(code))
    throw new Finding(`Close ${codes.join(' or ')}`, kind === 'closed' ? `Close ${code ?? 'without a code'}` : 'none')
}

interface WrongClose {
  readonly frame: OutgoingFrame
  readonly code: number
}

/** A Close frame is wrong in another thing than its code: the server ends the connection, and does not send the code back. */
export function refusedClose(
  id: string,
  title: string,
  { frame, code, connect = comesIn, ...basis }: Basis & Pick<Violation, 'connect'> & WrongClose,
): WireCase {
  return wireCase(id, title, basis, async (world) => {
    const client = await connect(world)
    await client.sends(frame)
    await client.isClosedUnanswered(code)
    await world.stillServes()
  })
}

/** What is too much for any server harms nobody else: others are served while it is read, and afterwards. */
export async function harmsNobody(world: World, client: Client): Promise<void> {
  world.isStrained()
  await world.stillServes()
  await client.isReadOrEnded()
  await world.stillServes()
}

const comesIn = (world: World) => world.connect()

/** @returns how the server ended the connection. */
async function fails(world: World, { frames, afterText, chop, connect = comesIn }: Violation): Promise<End> {
  const client = await connect(world)
  if (afterText !== undefined) {
    await client.sends(...fragments(OPCODE.text, afterText))
    await client.receives(OPCODE.text, Buffer.from(afterText.join('')))
  }
  await client.sendsAll(frames, chop)
  const end = await client.isFailedFor(frames)
  const bystander = await world.stillServes()
  client.answersNothing(frames, bystander.greetings)
  return end
}
