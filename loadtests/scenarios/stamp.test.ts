import t from 'tap'
import { isStamped, readText, stampText } from './stamp.ts'

const stamp = { publisher: 4, number: 17, due: 1234.567 }
const text = stampText(stamp, 128)

t.test('a text has the length that was asked for', async (t) => {
  t.equal(text.length, 128)
  t.equal(stampText({ publisher: 9999, number: 99_999_999, due: 86_400_000 }, 64).length, 64)
})

t.test('a text that came as it was sent tells its stamp', async (t) => {
  t.same(readText(text, 0, 128, 128), stamp)
  t.same(readText(`"${text}" and 1 2 3`, 1, 129, 128), stamp, 'within a frame too')
  t.equal(isStamped(text), true)
  t.equal(isStamped('hello'), false)
})

const BROKEN: readonly (readonly [title: string, text: string])[] = [
  ['is cut', text.slice(0, 40)],
  ['is cut within its stamp', text.slice(0, 14)],
  ['is longer', `${text}x`],
  ['was changed behind its stamp', text.replace(/x$/, 'y')],
  ['was trimmed', text.replace('17 ', '17')],
  ['is all stamp and no filler', 'shakedown 4 17 1 '],
  ['lacks a number', stampText(stamp, 128).replace('4 17', '17').padEnd(128, 'x')],
  ['has no number', text.replace('17', 'aa')],
  ['has a number that is none of a message', text.replace('17', '1.5')],
  ['has a negative number', text.replace('17', '-1')],
  ['is not ours', 'hello'],
]
for (const [title, broken] of BROKEN) {
  t.test(`a text tells nothing where it ${title}`, async (t) =>
    t.equal(readText(broken, 0, broken.length, 128), undefined),
  )
}
