import { readFile } from 'node:fs/promises'
import t from 'tap'
import { chatFiles } from './generate.ts'
import { CLOSE_CODES, ERROR_CODES, PROFILES } from './generated/tables.ts'
import {
  controlValidators,
  okValidators,
  validateClientMessage,
  validateServerMessage,
} from './generated/validators.js'
import { PROTOCOL } from './requirements.ts'

const markdown = await readFile(PROTOCOL, 'utf8')
const limits = JSON.parse(await readFile(new URL('./chat.v1/limits.json', import.meta.url), 'utf8'))

const EXAMPLE = /^```json (client|server|control\/(?<path>[a-z-]+))\n(?<source>.*?)^```/gms
const examples = [...markdown.matchAll(EXAMPLE)].map(({ 1: side = '', groups }) => {
  const { path, source = '' } = groups ?? {}
  return { side, path, source, body: JSON.parse(source) }
})

t.test('the examples of the specification are valid', async (t) => {
  const commands = new Map<string, keyof typeof okValidators>()
  for (const { side, path, source, body } of examples) {
    t.ok(validatorOf(side, path)(body), source)
    if (side === 'client' && body.id !== undefined) {
      t.notOk(commands.has(body.id), `only one example has the id ${body.id}`)
      commands.set(body.id, body.type)
    }
    const command = commands.get(body.reply_to)
    if (body.type === 'ok') t.ok(command && okValidators[command](body.payload), source)
  }
  t.equal([...markdown.matchAll(/^```json/gm)].length, examples.length, 'each says whose it is')
})

t.test('every message, and every body of a control path, has an example', async (t) => {
  const shown = (side: string) => new Set(examples.filter((one) => one.side === side).map(({ body }) => body.type))
  const { client, server, control } = await chatFiles()
  t.same(new Set(client), shown('client'))
  t.same(new Set(server), shown('server'))
  t.same(new Set(control), new Set(examples.flatMap(({ path }) => path ?? [])))
})

function validatorOf(side: string, path: string | undefined): (body: unknown) => boolean {
  if (path !== undefined) return controlValidators[path as keyof typeof controlValidators]
  return side === 'client' ? validateClientMessage : validateServerMessage
}

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
