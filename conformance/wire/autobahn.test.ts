import t from 'tap'
import { DEFLATE_CASES, WIRE_CASES } from './pack.ts'
import type { WireCase } from './wire-case.ts'

/** Autobahn's core cases: how many each of its sections has. */
const CORE: Readonly<Record<string, number>> = {
  ...{ '1.1': 8, '1.2': 8, '2': 11, '3': 7, '4.1': 5, '4.2': 5, '5': 20 },
  ...{ '6.1': 3, '6.2': 4, '6.3': 2, '6.4': 4, '6.5': 5, '6.6': 11, '6.7': 4, '6.8': 2, '6.9': 4, '6.10': 3 },
  ...{ '6.11': 5, '6.12': 8, '6.13': 5, '6.14': 10, '6.15': 1, '6.16': 3, '6.17': 5, '6.18': 5, '6.19': 5 },
  ...{ '6.20': 7, '6.21': 8, '6.22': 34, '6.23': 7, '7.1': 6, '7.3': 6, '7.5': 1, '7.7': 13, '7.9': 9, '7.13': 2 },
  ...{ '9.1': 6, '9.2': 6, '9.3': 9, '9.4': 9, '9.5': 6, '9.6': 6, '9.7': 6, '9.8': 6, '10.1': 1 },
}

const numbersOf = (sections: Readonly<Record<string, number>>) =>
  Object.entries(sections).flatMap(([section, count]) => Array.from({ length: count }, (_, n) => `${section}.${n + 1}`))

const aliasesOf = (cases: readonly WireCase[]) =>
  cases.flatMap(({ aliases = [] }) => aliases.map((alias) => alias.replace('autobahn:', '')))

t.test("each of Autobahn's 301 core cases has one case that says so", async (t) => {
  const numbers = numbersOf(CORE)
  t.equal(numbers.length, 301)
  t.strictSame(aliasesOf(WIRE_CASES).sort(), numbers.sort())
})

/** Five corpora, and seven kinds of offers, each in 18 sizes. */
const COMPRESSION = Object.fromEntries(
  ['12.1', '12.2', '12.3', '12.4', '12.5', '13.1', '13.2', '13.3', '13.4', '13.5', '13.6', '13.7'].map((section) => [
    section,
    18,
  ]),
)

t.test('and so has each of its 216 cases of compression', async (t) => {
  const numbers = numbersOf(COMPRESSION)
  t.equal(numbers.length, 216)
  t.strictSame(aliasesOf(DEFLATE_CASES).sort(), numbers.sort())
})
