import t from 'tap'
import { expectEqual } from './expect.ts'

const frames = (text: string) => Array.from({ length: 20 }, (_, n) => ({ seq: n, text: n === 12 ? text : 'the same' }))

t.test('two values that are equal are no finding, whatever the order of their keys', async (t) => {
  t.doesNotThrow(() => expectEqual('point', { x: 1, y: [2] }, { y: [2], x: 1 }))
})

t.test('short values are shown whole', async (t) => {
  t.throws(() => expectEqual('seq', [1, 3], [1, 2]), { message: 'expected seq [1,2], got [1,3]' })
})

t.test('long values are shown where they differ first', async (t) => {
  const message = 'expected frames, at [12].text, "one", got "other"'
  t.throws(() => expectEqual('frames', frames('other'), frames('one')), { message })
  const shorter = 'expected frames, at [19], {"seq":19,"text":"the same"}, got nothing'
  t.throws(() => expectEqual('frames', frames('one').slice(0, 19), frames('one')), { message: shorter })
  const other = /^expected lists, at \.list, \["x"\], got \{"0":"x+… \(308 characters\)$/
  t.throws(() => expectEqual('lists', { list: { 0: 'x'.repeat(300) } }, { list: ['x'] }), { message: other })
})
