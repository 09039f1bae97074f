import { readFile } from 'node:fs/promises'
import t from 'tap'
import { PROTOCOL, readRequirements } from './requirements.ts'

const item = (id: string, sentence: string) => `- **${id}** — ${sentence}`

t.test('a requirement has its id, level, sentence and line', async (t) => {
  const markdown = [
    '# Title',
    '',
    item('a/one', 'It MUST hold.'),
    item('a/two', 'It SHOULD NOT.'),
    item('b/three', 'It MAY.'),
  ]
  t.same(readRequirements(markdown.join('\n')), [
    { id: 'a/one', level: 'must', text: 'It MUST hold.', line: 3 },
    { id: 'a/two', level: 'should', text: 'It SHOULD NOT.', line: 4 },
    { id: 'b/three', level: 'may', text: 'It MAY.', line: 5 },
  ])
})

t.test('a sentence goes on in indented lines, and ends where they do', async (t) => {
  const markdown = `${item('a/one', 'It MUST')}\n  hold\n  on.\nNot this.\n  Nor this.`
  t.match(readRequirements(markdown), [{ text: 'It MUST hold on.' }])
})

t.test('prose and other lists are no requirements', async (t) => {
  t.same(readRequirements('It MUST.\n\n- It MUST.\n- `a/b` — It MUST.\n'), [])
})

t.test('what is malformed is an error that names its line', async (t) => {
  const wrong: readonly [string, RegExp][] = [
    [`${item('a/one', 'It MUST.')}\n${item('a/one', 'It MAY.')}`, /line 2: a\/one stands on line 1 already/],
    [item('a/one', 'It must.'), /line 1: a\/one has none/],
    [item('a/one', 'It MUST, or SHOULD.'), /line 1: a\/one has MUST and SHOULD/],
    [item('a/one', 'It SHALL.'), /line 1: a\/one has SHALL/],
    [item('one', 'It MUST.'), /line 1: "one" is no id/],
    [item('a/One', 'It MUST.'), /line 1: "a\/One" is no id/],
    ['- **a/one** - It MUST.', /line 1: after the id of a\/one comes an em dash/],
  ]
  for (const [markdown, message] of wrong) t.throws(() => readRequirements(markdown), { message })
})

t.test('the specification is a registry: every keyword stands in a requirement', async (t) => {
  const markdown = await readFile(PROTOCOL, 'utf8')
  const requirements = readRequirements(markdown)
  t.ok(requirements.length > 100)
  const keywords = (text: string) =>
    text.match(/\b(?:MUST|SHALL|REQUIRED|SHOULD|RECOMMENDED|MAY|OPTIONAL)\b/g)?.length ?? 0
  const counted = requirements.reduce((sum, { text }) => sum + keywords(text), 0)
  t.equal(keywords(markdown), counted)
})
