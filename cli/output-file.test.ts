import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkWritable, writeOutput } from './output-file.ts'

t.test('what could not be written is refused before there is anything to write', async (t) => {
  const folder = t.testdir({ folder: {}, file: '', gone: t.fixture('symlink', 'nowhere') })
  const rows: [string, string, RegExp][] = [
    ['a folder', 'folder', /it is a folder; give a file/],
    ['a file in the place of a folder', 'file/out.json', /file is no folder/],
    ['the same, further up', 'file/deep/out.json', /ENOTDIR/],
    ['a link to nothing in the place of a folder', 'gone/out.json', /ENOENT/],
  ]
  for (const [sentence, file, message] of rows) t.throws(() => checkWritable(join(folder, file)), { message }, sentence)
  t.strictSame(readdirSync(folder).sort(), ['file', 'folder', 'gone'])
})

t.test(
  'a file system that takes no files is seen through, not waited for',
  { skip: !existsSync('/proc') },
  async (t) => {
    t.throws(() => checkWritable('/proc/nope/out.json'))
    t.throws(() => writeOutput('/proc/nope/deep/out.json', ''), { code: 'ENOENT' })
  },
)

t.test('a check leaves nothing behind, and the writing makes the folders', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'new/deep/out.json')
  checkWritable(file)
  t.strictSame(readdirSync(folder), [])
  writeOutput(file, 'content')
  checkWritable(file)
  t.equal(readFileSync(file, 'utf8'), 'content')
})

t.test('a link is followed, also one to a file that is still to come', async (t) => {
  const folder = t.testdir({})
  symlinkSync('real.json', join(folder, 'link.json'))
  checkWritable(join(folder, 'link.json'))
  writeOutput(join(folder, 'link.json'), 'content')
  t.equal(readFileSync(join(folder, 'real.json'), 'utf8'), 'content')
  mkdirSync(join(folder, 'real'))
  symlinkSync('real', join(folder, 'linked'))
  writeFileSync(join(folder, 'real/out.json'), '')
  checkWritable(join(folder, 'linked/out.json'))
  t.strictSame(readdirSync(join(folder, 'real')), ['out.json'])
})
