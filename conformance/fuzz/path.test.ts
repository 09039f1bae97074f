import t from 'tap'
import { pathIn, playsUpTo, withPath } from './path.ts'

t.test('the path of an input is read back from the finding that names it', async (t) => {
  const expected = withPath('close 4000 (or 1009)', 7, '12:0:3')
  t.equal(pathIn({ pack: 'fuzz', expected }), '12:0:3')
})

t.test('a finding that names no input has no path', async (t) => {
  t.equal(pathIn({ pack: 'fuzz', expected: 'at most 200 MiB of memory' }), undefined)
  t.equal(pathIn({ pack: 'chat', expected: withPath('a case that quotes another', 7, '0') }), undefined)
  t.equal(pathIn({ pack: 'fuzz' }), undefined, 'a case that passed')
})

t.test('a path tells how many inputs were played up to it, whatever was then made smaller', async (t) => {
  t.equal(playsUpTo('0'), 1)
  t.equal(playsUpTo('12:0:3'), 13)
})
