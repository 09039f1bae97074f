/** The fuzz pack: what a seed generates, against a small model of the protocol. */
import type { Case, Stage } from '../runner/case.ts'
import { arrivals, playArrival } from './arrivals.ts'
import { beginnings, playBeginning } from './before-welcome.ts'
import { type Campaign as Hunt, hunt, SHRINK_MS } from './campaign.ts'
import { openings, playOpening } from './handshakes.ts'
import { hostileInputs } from './hostile-inputs.ts'
import { plans, wrongPlans } from './plan.ts'
import { playSession } from './session.ts'
import { hostileTokens, playToken } from './tokens.ts'

/** What a run of the pack is told. */
export interface Campaign extends Hunt {
  /** How many inputs `fuzz/hostile-inputs` sends. */
  readonly inputs: number
  /** How long the server's memory may take to be where it was before them, in ms; default 30 s. */
  readonly settleMs?: number
}

/** On a slow machine that does other things as well. */
const SLOWEST_INPUT_MS = 20
/** For memory to be measured, and to be where it was. */
const MEMORY_MS = 60_000

/** Where nothing else is asked for. */
export const SHORT_CAMPAIGN: Campaign = { seed: 1, durationMs: 20_000, inputs: 2000 }

interface FuzzCase {
  readonly id: string
  readonly title: string
  readonly requirements: readonly string[]
  readonly play: (stage: Stage, campaign: Campaign) => Promise<void>
}

const CASES: readonly FuzzCase[] = [
  {
    id: 'fuzz/sessions',
    title: 'Random sessions of several users, valid, nearly valid and hostile, go as the model allows.',
    requirements: [
      'envelope/frames-match-their-schema',
      'envelope/one-answer-per-command',
      'errors/keep-the-connection-open',
      'delivery/seq-is-contiguous',
      'delivery/all-see-the-same-order',
      'delivery/stays-in-its-room',
    ],
    play: (stage, campaign) => hunt(stage, campaign, plans, playSession),
  },
  {
    id: 'fuzz/frames',
    title: 'Frames that are wrong, each in a way of its own, earn what the rules say and are not done.',
    requirements: [
      'framing/binary-closes-1003',
      'framing/invalid-utf8-terminates',
      'framing/over-maximum-size-closes-1009',
      'framing/unparseable-closes-4000',
      'framing/unknown-type-is-refused',
      'framing/schema-error-is-invalid-payload',
      'framing/too-many-errors-closes-4005',
      'framing/huge-number-is-never-relayed',
      'errors/keep-the-connection-open',
    ],
    play: (stage, campaign) => hunt(stage, campaign, wrongPlans, playSession),
  },
  {
    id: 'fuzz/tokens',
    title: 'Hostile tokens are refused, each with the code that it earns.',
    requirements: [
      'auth/signature-is-verified',
      'auth/algorithm-is-pinned',
      'auth/alg-none-closes-4100',
      'auth/key-headers-close-4100',
      'auth/kid-is-only-looked-up',
      'auth/required-claims',
      'auth/malformed-grant-closes-4100',
      'handshake/expired-and-forged-closes-4100',
    ],
    play: (stage, campaign) => hunt(stage, campaign, hostileTokens, playToken),
  },
  {
    id: 'fuzz/handshakes',
    title: 'Hostile openings lead to no welcome and break nothing.',
    requirements: [
      'handshake/no-chat-v1-is-4xx',
      'handshake/other-paths-are-4xx',
      'handshake/no-credential-closes-4100',
    ],
    play: (stage, campaign) => hunt(stage, campaign, openings, playOpening),
  },
  {
    id: 'fuzz/arrivals',
    title: 'Who arrives right is welcomed with what the token says, and who arrives wrong in one thing is not.',
    requirements: [
      'handshake/other-paths-are-4xx',
      'handshake/selects-chat-v1',
      'handshake/no-chat-v1-is-4xx',
      'handshake/token-not-in-query',
      'handshake/two-credentials-close-4100',
      'handshake/welcome-names-the-user',
      'handshake/pipelined-frames-are-answered-in-order',
      'auth/welcome-tells-expiry',
      'auth/exact-grant-is-exact',
      'auth/prefix-grant-opens-what-begins-so',
      'limits/relations-hold',
    ],
    play: (stage, campaign) => hunt(stage, campaign, arrivals, playArrival),
  },
  {
    id: 'fuzz/before-welcome',
    title: 'What comes in the place of hello, and any flood before it, ends the connection and nothing else.',
    requirements: [
      'handshake/other-first-message-closes-4100',
      'handshake/unparseable-hello-closes-4000',
      'handshake/binary-before-welcome-closes-1003',
      'handshake/oversized-before-welcome-closes-1009',
      'framing/empty-fragments-harm-nobody',
    ],
    play: (stage, campaign) => hunt(stage, campaign, beginnings, playBeginning),
  },
  {
    id: 'fuzz/hostile-inputs',
    title: 'Hostile inputs of every kind leave no mark: not in memory, not on others, not in the output.',
    requirements: [
      'auth/tokens-are-not-logged',
      'framing/empty-fragments-harm-nobody',
      'delivery/reaches-every-subscriber',
    ],
    play: (stage, { seed, inputs: count, settleMs }) =>
      hostileInputs(stage, { seed, count, ...(settleMs !== undefined && { settleMs }) }),
  },
]

/** The cases for this seed and time. */
export function fuzzCases(campaign: Campaign): readonly Case[] {
  return CASES.map(({ play, ...one }) => ({
    ...one,
    pack: 'fuzz' as const,
    longestMs: campaign.durationMs + SHRINK_MS + MEMORY_MS + campaign.inputs * SLOWEST_INPUT_MS,
    run: (stage: Stage) => play(stage, campaign),
  }))
}
