import t from 'tap'
import { Numbering } from './numbering.ts'

const ROWS: readonly (readonly [
  title: string,
  numbers: readonly number[],
  taken: readonly boolean[],
  missing: object,
])[] = [
  ['all in turn', [1, 2, 3], [true, true, true], { numbers: 0, gaps: 0 }],
  ['one left out', [1, 3], [true, true], { numbers: 1, gaps: 1 }],
  ['one that comes later', [1, 3, 2], [true, true, true], { numbers: 0, gaps: 0 }],
  ['a wide gap that is split', [1, 9, 5], [true, true, true], { numbers: 6, gaps: 2 }],
  ['the ends of a gap', [5, 1, 4], [true, true, true], { numbers: 2, gaps: 1 }],
  ['one twice', [1, 2, 1, 2], [true, true, false, false], { numbers: 0, gaps: 0 }],
  ['one before the first', [1, 0], [true, false], { numbers: 0, gaps: 0 }],
  ['a number as great as can be', [2 ** 53 - 1], [true], { numbers: 2 ** 53 - 2, gaps: 1 }],
]
for (const [title, numbers, taken, missing] of ROWS) {
  t.test(`numbers are kept: ${title}`, async (t) => {
    const numbering = new Numbering(1)
    t.same(
      numbers.map((number) => numbering.take(number)),
      taken,
    )
    t.same(numbering.missing, missing)
    t.equal(numbering.next, Math.max(...numbers) + 1)
  })
}
