/**
 * Many hostile inputs, of every kind, while two bystanders go on talking. Afterwards the memory of a server that was
 * started here is where it was after the first of them, the bystanders have missed nothing, and the output shows neither a token nor a trace.
 */
import fc from 'fast-check'
import { type Ready, World } from '../actors/world.ts'
import { Finding, type Stage } from '../runner/case.ts'
import { type Beginning, beginnings, playBeginning } from './before-welcome.ts'
import { Bystanders } from './bystanders.ts'
import { type Opening, openings, playOpening } from './handshakes.ts'
import { describe, excess, type Memory } from './memory.ts'
import { lowestMemory } from './memory-watch.ts'
import { leaked, signatureOf, traceIn } from './server-output.ts'
import { fill, validText, wrongText } from './texts.ts'
import { type HostileToken, hostileTokens, playToken } from './tokens.ts'

/** Texts come in volleys, each on a connection of its own; everything else is one input. */
type Input =
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  | { readonly kind: 'token'; readonly token: HostileToken }
  | { readonly kind: 'opening'; readonly opening: Opening }
  | { readonly kind: 'beginning'; readonly beginning: Beginning }

const VOLLEY = 16
const AT_ONCE = 4
/** So many volleys and other inputs go by between two messages of the bystanders. */
const ROUND = 16
/** So many rounds print less than what is kept. */
const OUTPUT_EVERY = 25

const inputs: fc.Arbitrary<Input> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.oneof(validText, wrongText, wrongText), { minLength: VOLLEY, maxLength: VOLLEY })
      .map((texts) => ({ kind: 'texts' as const, texts })),
  },
  { weight: 3, arbitrary: hostileTokens.map((token) => ({ kind: 'token' as const, token })) },
  { weight: 3, arbitrary: openings.map((opening) => ({ kind: 'opening' as const, opening })) },
  { weight: 2, arbitrary: beginnings.map((beginning) => ({ kind: 'beginning' as const, beginning })) },
)

/** The first share of the inputs warms the server up: caches and compiled code stay. */
const WARM_UP = 0.2

/** Longer than anything is remembered by the limits below, and for a collector to come a few times. */
const BASELINE_MS = 5000
/** By then every collector has come. */
const SETTLE_MS = 30_000

export interface Attack {
  readonly seed: number
  readonly count: number
  /** How long the memory of the server may take to be where it was, in ms; default 30 s. */
  readonly settleMs?: number
}

export async function hostileInputs(stage: Stage, { seed, count, settleMs = SETTLE_MS }: Attack): Promise<void> {
  const signatures = new Set<string>()
  const world = await stand(stage, signatures)
  const { target } = world.stage
  const isOurs = target.pid !== undefined && stage.target.launch !== undefined
  const bystanders = await Bystanders.meet(world)
  const note = (text: string) => stage.record({ connection: 'fuzz', kind: 'note', text })
  let sent = 0
  let before: Memory | undefined
  for (let round = 0; sent < count; round += 1) {
    sent += await attack(world, fc.sample(inputs, { seed: seed + round, numRuns: ROUND }))
    await bystanders.exchange()
    // Only the last of the output is kept, so it is read before that has gone.
    if (round % OUTPUT_EVERY === 0) judgeOutput(target.output(), signatures)
    if (isOurs && before === undefined && sent >= count * WARM_UP)
      before = await lowestMemory(world, bystanders, BASELINE_MS)
  }
  await bystanders.verify()
  note(`seed ${seed}: ${sent} hostile inputs, ${bystanders.exchanged} messages between bystanders`)
  if (before === undefined) note('memory was not measured: the server was not started here')
  else note(await judgeMemory(world, bystanders, before, settleMs))
  judgeOutput(target.output(), signatures)
  if (target.output() === undefined) note('the output was not read: the server was not started here')
  else note(`output: none of ${signatures.size} signatures, no trace`)
}

/** @returns what was measured. @throws Finding where it is more than it may be */
async function judgeMemory(world: World, bystanders: Bystanders, before: Memory, settleMs: number): Promise<string> {
  const after = await lowestMemory(world, bystanders, settleMs, (lowest) => excess(before, lowest) === undefined)
  const found = excess(before, after)
  const measured = `memory: ${describe(before)} after the first inputs, ${describe(after)} after all`
  if (found !== undefined) throw new Finding(`at most ${found.limit} in the end`, `${found.actual}; ${measured}`)
  return measured
}

/**
 * The heartbeat of the profile `test` is too quick for a machine that is kept this busy; what a server rightly remembers
 * is no leak, so that is little, and for a short while: the messages of a room above all.
 */
const PATIENT = {
  profile: 'default',
  limits: {
    ...{ rate_per_s: 1000, replay_max: 20, history_max: 50 },
    ...{ resume_window_ms: 2000, dedupe_window_ms: 2000, presence_grace_ms: 1000 },
  },
} as const

/** A server of its own where one can be started, with every token that is minted remembered by its signature. */
async function stand(stage: Stage, signatures: Set<string>): Promise<World> {
  const apart = stage.target.launch === undefined ? undefined : await new World(stage).apart(PATIENT)
  const { target } = apart?.stage ?? stage
  const mint: typeof target.mint = async (...claims) => {
    const token = await target.mint(...claims)
    signatures.add(signatureOf(token))
    return token
  }
  // Nobody reads a transcript of so much.
  return new World({ ...stage, target: { ...target, mint }, record: () => {} })
}

/** @returns how many inputs that were */
async function attack(world: World, round: readonly Input[]): Promise<number> {
  const queue = round[Symbol.iterator]()
  const worker = async () => {
    for (const input of queue) await playApart(world, input)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return round.reduce((sum, input) => sum + (input.kind === 'texts' ? input.texts.length : 1), 0)
}

async function playApart({ stage }: World, input: Input): Promise<void> {
  const cleanups: (() => void | Promise<void>)[] = []
  try {
    await play(new World({ ...stage, cleanup: (action) => void cleanups.push(action) }), input)
  } finally {
    for (const action of cleanups) await action()
  }
}

function play(world: World, input: Input): Promise<void> {
  switch (input.kind) {
    case 'texts':
      return fire(world, input.texts)
    case 'token':
      return playToken(world, input.token)
    case 'opening':
      return playOpening(world, input.opening)
    case 'beginning':
      return playBeginning(world, input.beginning)
    default:
      return input satisfies never
  }
}

/** One text after the other; where one ends the connection, the next begins another. */
async function fire(world: World, texts: readonly string[]): Promise<void> {
  let mallory: Ready | undefined
  for (const [at, template] of texts.entries()) {
    mallory ??= (await world.ready('mallory')).flooding().crowding() as Ready
    const { limits } = mallory.welcome.payload
    const names = {
      room: (n: string) => world.room(`r${n}`),
      epoch: () => 'none',
      head: () => 1,
      maxBytes: limits.max_message_bytes,
    }
    mallory.sendText(fill(template, { ...names, id: `m${at}` }))
    mallory.sendText(`{"type":"ping","id":"f${at}","payload":{}}`)
    const answered = await mallory
      .until((one) => 'reply_to' in one && one.reply_to === `f${at}`, 'a pong')
      .catch((error) => error)
    if (mallory.connection.ended !== undefined) mallory = undefined
    else if (answered instanceof Error) throw answered
  }
}

/** What it printed lately. */
function judgeOutput(output: string | undefined, signatures: ReadonlySet<string>): void {
  if (output === undefined) return
  const leak = leaked(output, signatures)
  if (leak !== undefined) throw new Finding('no signature of a token in the output of the server', `one: ${leak}`)
  const trace = traceIn(output)
  if (trace !== undefined) throw new Finding('no unhandled error in the output of the server', trace)
}
