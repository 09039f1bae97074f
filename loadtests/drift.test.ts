import t from 'tap'
import { leastOfWindows, slopeBySecond } from './drift.ts'

const at = (...values: readonly number[]) => values.map((value, index) => ({ at: index * 1000, value }))

t.test('of each window that lies within the time the least counts', async (t) => {
  t.same(leastOfWindows(at(9, 5, 7, 6, 8, 1), 1000, 5500, 2000), [
    { at: 2000, value: 5 },
    { at: 4000, value: 6 },
  ])
  t.same(leastOfWindows([], 0, 4000, 2000), [], 'and of nothing, nothing')
})

const SLOPES: readonly (readonly [title: string, values: readonly number[], slope: number | undefined])[] = [
  ['what stays has none', [4, 4, 4, 4], 0],
  ['what grows has its rate', [0, 3, 6, 9], 3],
  ['one that stands out does not count', [1, 1, 90, 1, 1], 0],
  ['a step near an end is no drift', [1, 1, 1, 1, 1, 1, 50, 50], 0],
  ['two points tell nothing', [1, 2], undefined],
]
for (const [title, values, slope] of SLOPES) {
  t.test(`the slope: ${title}`, async (t) => t.equal(slopeBySecond(at(...values)), slope))
}
