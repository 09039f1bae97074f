/** A sample of what `npm run wire-matrix` plays in full: every case fails on some fault, and none on a right server. */
import t from 'tap'
import type { Case } from '../../runner/case.ts'
import { judge } from '../../runner/verdict.ts'
import { FAULTS, type Fault, FREEDOMS } from './faults.ts'
import { CASES, disagreements, type Matrix, mustFail, type Outcome, playAll, playFault, playOne } from './matrix.ts'
import { startEcho } from './server.ts'

const MATRIX: Matrix = { signal: new AbortController().signal, silenceMs: 700 }

/** Of the cases that a fault must leave alone one in this many is played on it; between them the faults see each. */
const SAMPLE = 6

/** Alike by the dozen, or slow: played on the faults that are about them. */
const isOneOfMany = ({ id }: Case) =>
  /^wire-(volume|utf8-stress)|in-pieces$|^deflate-(corpora|offers).*-\d+$|-in-fragments-of-\d+$/.test(id)

const TIMED: Fault = 'reads requests of one segment'

const stress = /^wire-utf8-stress/
const exchanges = /^deflate-(corpora|offers)\/.*(?<!of)-(64|4096|8192-in-fragments-of-256)$/
const ABOUT: Partial<Record<Fault, RegExp>> = {
  'cuts messages off at 65535 octets': /^wire-volume\/(?!round|.*-of-(8|16)m$)/,
  'cuts messages off at 4 MiB': /-of-(8|16)m$/,
  'stops echoing behind 500 messages': /^wire-volume\/round/,
  [TIMED]: /in-pieces$/,
  'does not check UTF-8': stress,
  'refuses non-characters': stress,
  'refuses U+0000': stress,
  'refuses all but ASCII': stress,
  'echoes everything twice': /^wire-utf8-stress|^deflate/,
  'forgets what it inflated': exchanges,
  'remembers what it deflated': exchanges,
  'deflates with a window of its own': exchanges,
  'refuses stored blocks': exchanges,
  'accepts offers without a word of them': exchanges,
}

const packOf = (fault: Fault) =>
  FAULTS.indexOf(fault) < FAULTS.indexOf('forgets what it inflated') ? 'wire' : 'deflate'

function isPlayed(fault: Fault, one: Case, n: number): boolean {
  if (ABOUT[fault]?.test(one.id)) return true
  if (isOneOfMany(one) || one.pack !== packOf(fault)) return false
  return mustFail(fault, one.id) || (n + FAULTS.indexOf(fault)) % SAMPLE === 0
}

const failed = (outcome: Outcome) => [...outcome].flatMap(([id, { verdict }]) => (verdict === 'fail' ? [id] : []))

t.test('a server without fault passes every case', async (t) => {
  const strict = await startEcho()
  t.teardown(() => strict.close())
  const play = async (one: Case) => judge(await playOne(one, strict.url, 20_000, MATRIX.signal), 'must')
  for (const [id, { verdict, reason }] of await playAll(CASES, play)) t.equal(verdict, 'pass', id, { reason })
})

t.test('what a right server may do fails no case', async (t) => {
  for (const freedom of FREEDOMS) {
    const server = await startEcho(freedom)
    t.teardown(() => server.close())
    const play = async (one: Case) => judge(await playOne(one, server.url, 20_000, MATRIX.signal), 'must')
    const cases = CASES.filter((one) => !isOneOfMany(one))
    for (const [id, { verdict, reason }] of await playAll(cases, play))
      t.equal(verdict, 'pass', `${id} where it ${freedom}`, { reason })
  }
})

t.test('each fault fails its own cases and no other, and each case fails on some fault', async (t) => {
  const killers = new Map<string, Fault[]>(CASES.map(({ id }) => [id, []]))
  const worker = async (faults: Iterable<Fault>) => {
    for (const fault of faults) {
      const outcome = await playFault(fault, MATRIX, (one, n) => isPlayed(fault, one, n))
      t.strictSame(disagreements(fault, outcome), [], `a server that ${fault}: ${failed(outcome).length} cases fail`)
      for (const id of failed(outcome)) killers.get(id)?.push(fault)
    }
  }
  // What it does depends on when it reads, so it has the machine to itself.
  await worker([TIMED])
  const queue = FAULTS.filter((fault) => fault !== TIMED).values()
  await Promise.all(Array.from({ length: 8 }, () => worker(queue)))
  for (const [id, faults] of killers) {
    t.comment(`${id}: ${faults.join(', ')}`)
    t.ok(faults.length > 0, `some fault fails ${id}`)
  }
})

t.test('a greeting hides no fault', async (t) => {
  const hidden = ['answers what it fails for', 'echoes everything twice', 'sends garbage before each echo'] as const
  for (const fault of hidden) {
    const light = (one: Case, n: number) => one.pack === 'wire' && !isOneOfMany(one) && isPlayed(fault, one, n)
    const outcome = await playFault(fault, { ...MATRIX, others: ['greets'] }, light)
    t.ok(failed(outcome).length > 0, `some cases fail where it ${fault}`)
    t.strictSame(disagreements(fault, outcome), [], fault)
  }
})

t.test('a finding is about the sentence that is broken, whatever else its case checks', async (t) => {
  const rows: [fault: Fault, cases: RegExp, broken: string][] = [
    ['ignores reserved bits', /^wire-rsv\/1-alone/, 'reserved-bit-fails'],
    ['keeps TCP open behind its Close frame', /^wire-rsv\/1-alone/, 'failure-closes-tcp'],
    ['keeps TCP open behind its Close frame', /^wire-close\/code-only/, 'server-closes-tcp'],
    ['masks its frames', /^wire-(ping|fragmentation\/in-two)/, 'server-does-not-mask'],
    ['writes every length in 64 bits', /^wire-ping/, 'server-sends-shortest-length'],
    ['ignores Close frames', /^wire-close\/invalid-code-999$/, 'server-closes-tcp'],
    ['keeps TCP open behind its Close frame', /^wire-close\/reason-of-124/, 'failure-closes-tcp'],
    ['keeps TCP open behind its Close frame', /^wire-masking\/unmasked-close-fails/, 'unmasked-frame-closes'],
    ['masks its frames', /^deflate-offers\/window-of-15/, 'server-does-not-mask'],
    ['fails with 1006', /^wire-rsv\/1-alone/, 'close-code-is-not-reserved'],
  ]
  for (const [fault, cases, broken] of rows) {
    const outcome = await playFault(fault, { ...MATRIX, silenceMs: 3000 }, ({ id }) => cases.test(id))
    t.ok(outcome.size > 0, fault)
    for (const [id, judgement] of outcome)
      t.strictSame(judgement.broken, [`rfc6455/${broken}`], `${id} where it ${fault}`)
  }
})
