import { readFileSync } from 'node:fs'
import t from 'tap'
import { readRequirements } from '../../schemas/requirements.ts'
import type { Target } from '../../schemas/target.ts'
import type { Case } from '../runner/case.ts'
import { perform } from '../runner/stage.ts'
import { judge } from '../runner/verdict.ts'
import { DEFLATE_FAULTS, type DeflateFault } from './broken-deflate.ts'
import { startEcho } from './broken-echo.ts'
import { carriedCases } from './pack.ts'

const signal = new AbortController().signal

/** A short, a middling and a fragmented message of each corpus and offer, twice; and all that is no mere exchange. */
const CASES = carriedCases('deflate', { carrier: 'echo', messages: 2 }).filter(
  ({ id, aliases }) => aliases === undefined || /(?<!of)-(64|4096|8192-in-fragments-of-256)$/.test(id),
)
const BOMB = 'deflate-messages/bomb-harms-nobody'

const exchanged = '^deflate-(corpora|offers)/.*-\\d+(-in-fragments-of-256)?$'

/** Which cases each fault must fail; all others must pass. */
const KILLS: Readonly<Record<DeflateFault, RegExp>> = {
  'forgets what it inflated': /./,
  'remembers what it deflated': /./,
  'deflates with a window of its own': /window-of-9-(4096|8192)|fallbacks-(4096|8192)/,
  'marks its pongs': /server-marks-first-frames/,
  'takes any mark': /marked-/,
  'ignores other reserved bits': /other-reserved-bit/,
  'inflates what is not marked': /./,
  'echoes what it cannot inflate': /(no-block-type|cut-short|wrong-length|beyond-its-window)-fails/,
  'refuses stored blocks': /stored$/,
  'refuses a last block': /in-a-last-block/,
  'reads one block': /in-blocks/,
  'dies of a bomb': /bomb/,
  'accepts wrong offers': /is-declined/,
  'accepts offers without a word of them': /\/(without-context(-window-of-\d+)?|window-of-9)-is-answered|is-named/,
}
/** Of these it depends on the octets which messages they spoil: these at least, and none of the others. */
const SPOILS: Partial<Record<DeflateFault, readonly [atLeast: RegExp, among: RegExp]>> = {
  'forgets what it inflated': [/^deflate-corpora\/(json|html)-4096/, new RegExp(`${exchanged}|uncompressed-between`)],
  'remembers what it deflated': [
    /s\/without-context-(window-of-15-)?4096/,
    /^deflate-offers\/(without-context|fallbacks)/,
  ],
  // What hardly shrinks is stored.
  'refuses stored blocks': [/stored$/, /stored$|(picture|document)-64/],
  'inflates what is not marked': [/uncompressed-between/, /^/],
}

/** Where the answer is wrong, no message is exchanged. */
const SKIPS: Partial<Record<DeflateFault, RegExp>> = {
  'accepts offers without a word of them': /^deflate-offers\/(without-context|window-of-9)-(?!.*is-answered)/,
}

/** @param cases that are played; a bomb takes its time. */
async function play(cases: readonly Case[], ...faults: readonly DeflateFault[]): Promise<Map<string, string>> {
  const outcomes = new Map<string, string>()
  const shared = await startEcho(...faults)
  const queue = cases.values()
  const worker = async () => {
    for (const one of queue) {
      const { url } = shared
      const target: Target = {
        ...{ description: { kind: 'url', urls: [url] }, urls: [url], stop: async () => {}, output: () => undefined },
        mint: () => Promise.reject(new Error('an echo server takes no token')),
      }
      const mayFail = faults.some((fault) => KILLS[fault].test(one.id))
      const setting = { target, patience: mayFail ? 1000 : 20_000, maxWaitMs: 0, signal }
      const { thrown } = await perform(one, setting)
      const { verdict, reason } = judge(thrown, 'must')
      outcomes.set(one.id, verdict === 'pass' ? verdict : `${verdict}: ${reason}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  await shared.close()
  return outcomes
}

t.test('every sentence of RFC 7692 has a case', async (t) => {
  const registry = readRequirements(readFileSync(new URL('../../schemas/RFC7692.md', import.meta.url), 'utf8'))
  const cited = CASES.flatMap(({ requirements }) => requirements).filter((id) => id.startsWith('rfc7692/'))
  t.strictSame(new Set(cited), new Set(registry.map(({ id }) => id)))
})

t.test('a server without fault passes every case of compression', async (t) => {
  for (const [id, outcome] of await play(CASES)) t.equal(outcome, 'pass', id)
})

t.test('each fault under compression fails its own cases and no other', async (t) => {
  for (const fault of DEFLATE_FAULTS) {
    const isBomb = fault === 'dies of a bomb'
    const cases = CASES.filter(({ id }) => (id === BOMB) === isBomb)
    const outcome = await play(cases, fault)
    const failed = [...outcome].filter(([, one]) => one.startsWith('fail')).map(([id]) => id)
    const unplayed = [...outcome].filter(([, one]) => /^(harness|skip)/.test(one)).map(([id]) => id)
    t.strictSame(new Set(unplayed), new Set(cases.flatMap(({ id }) => (SKIPS[fault]?.test(id) ? [id] : []))), fault)
    const [atLeast, among] = SPOILS[fault] ?? [KILLS[fault], KILLS[fault]]
    const ids = cases.map(({ id }) => id)
    t.strictSame(
      ids.filter((id) => atLeast.test(id) && !failed.includes(id)),
      [],
      `${fault}: survived`,
    )
    t.strictSame(
      failed.filter((id) => !among.test(id)),
      [],
      `${fault}: killed without reason`,
    )
  }
})
