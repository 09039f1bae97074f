import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { MISSING, readAsyncapi } from '../.ci/validators/validators.ts'
import { CLOSE_CODES, PROFILES } from './generated/tables.ts'

const DOCUMENT = new URL('./generated/asyncapi.json', import.meta.url)
const json = async (url: URL) => JSON.parse(await readFile(url, 'utf8'))
const document = await json(DOCUMENT)

interface Operation {
  readonly action: string
  readonly messages: readonly { readonly $ref: string }[]
}
const operations: Operation[] = Object.values(document.operations)

t.test('every reference leads to something', async (t) => {
  for (const reference of references(document)) {
    const [file = '', pointer = ''] = reference.split('#')
    const target = file === '' ? document : await json(new URL(file, DOCUMENT))
    const found = pointer
      .split('/')
      .slice(1)
      .reduce((value, key) => value?.[key], target)
    t.type(found, 'object', reference)
  }
})

t.test("the AsyncAPI initiative's own parser reads it without an error", { skip: MISSING }, async (t) => {
  const { errors, operations: found } = await readAsyncapi(fileURLToPath(DOCUMENT))
  t.strictSame(errors, [])
  t.equal(found, operations.length)
})

t.test('every message of a side has exactly one operation, of the action that fits', async (t) => {
  for (const [root, action] of [
    ['client.json', 'receive'],
    ['server.json', 'send'],
  ] as const) {
    const { oneOf } = await json(new URL(`./chat.v1/${root}`, import.meta.url))
    const expected = oneOf.map(({ $ref }: { $ref: string }) => `../chat.v1/${$ref}`)
    const performed = operations.filter((one) => one.action === action).flatMap(({ messages }) => messages)
    t.same(performed.map(payloadOf), expected, action)
  }
})

t.test('a reply is of the server', async (t) => {
  const replies = [...references(operations.map((one) => 'reply' in one && one.reply))].filter((one) =>
    /messages/.test(one),
  )
  t.ok(replies.length > 0)
  for (const $ref of replies) t.match(payloadOf({ $ref }), /\/server\//, $ref)
})

t.test('it carries the tables of codes and limits', async (t) => {
  t.same(document['x-close-codes'], Object.values(CLOSE_CODES))
  t.same(document['x-limits'], PROFILES)
})

function payloadOf({ $ref }: { readonly $ref: string }): string {
  return document.channels.chat.messages[$ref.replace('#/channels/chat/messages/', '')].payload.$ref
}

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref') yield inner
    else yield* references(inner)
  }
}
