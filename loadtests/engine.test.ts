import t from 'tap'
import { causeIn } from './engine.ts'

const ROWS: readonly (readonly [title: string, output: string, cause: string])[] = [
  ['nothing was said', '', ''],
  ['it is no log', 'first\nError: no such file\n', 'Error: no such file'],
  [
    'the log holds an error with a stack',
    'time="t" level=warning msg="slow"\ntime="t" level=error msg="TypeError: no \\"x\\"\\n\\tat a.ts:1:2\\n" executor=vu\ntime="t" level=error msg="more"',
    'TypeError: no "x"',
  ],
  ['it is a screen of words', 'x'.repeat(1000), 'x'.repeat(200)],
]
for (const [title, output, cause] of ROWS) {
  t.test(`the cause is one line where ${title}`, async (t) => t.equal(causeIn(output), cause))
}
