import { readFile } from 'node:fs/promises'
import t from 'tap'
import { CLOSE_CODES, ERROR_CODES, PROFILES } from './generated/tables.ts'
import { okValidators, validateClientMessage, validateServerMessage } from './generated/validators.js'
import { PROTOCOL } from './requirements.ts'

const markdown = await readFile(PROTOCOL, 'utf8')
const limits = JSON.parse(await readFile(new URL('./chat.v1/limits.json', import.meta.url), 'utf8'))

t.test('the examples of the specification are valid', async (t) => {
  const examples = [...markdown.matchAll(/^```json (client|server)\n(.*?)^```/gms)]
  const commands = new Map<string, keyof typeof okValidators>()
  t.ok(examples.length > 0)
  for (const [, side, source = ''] of examples) {
    const frame = JSON.parse(source)
    const validate = side === 'client' ? validateClientMessage : validateServerMessage
    t.ok(validate(frame), source)
    if (side === 'client') commands.set(frame.id, frame.type)
    const command = commands.get(frame.reply_to)
    if (frame.type === 'ok') t.ok(command && okValidators[command](frame.payload), source)
  }
  t.equal([...markdown.matchAll(/^```json/gm)].length, examples.length, 'each says whose frame it is')
})

t.test('its tables of codes and limits say what the data says', async (t) => {
  const rows = new Set(markdown.split('\n').map((row) => row.replace(/ +/g, ' ')))
  const stands = (...cells: readonly unknown[]) => t.ok(rows.has(`| ${cells.join(' | ')} |`), String(cells[0]))
  for (const { name, retryable, issued_when } of Object.values(ERROR_CODES))
    stands(`\`${name}\``, retryable ? 'yes' : 'no', issued_when)
  for (const { name, code, issued_when } of Object.values(CLOSE_CODES)) stands(code, `\`${name}\``, issued_when)
  for (const [name, value] of Object.entries(PROFILES.default)) {
    const test = PROFILES.test[name as keyof typeof PROFILES.test]
    stands(`\`${name}\``, value, test, limits.properties[name].description)
  }
})
