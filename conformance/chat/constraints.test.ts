import t from 'tap'
import { validateClientMessage } from '../../schemas/generated/validators.js'
import { constraintsOfType, type Needs, schemaOf, TYPES } from './constraint-messages.ts'
import { constraintsOf, resolved, type Schema } from './constraints.ts'

const NEEDS: Needs = { room: 'room', token: 'token' }
const CHECKED = ['type', 'const', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'] as const

const values = (schema: Schema, value: string | number, expected: string) =>
  constraintsOf({ required: ['it'], properties: { it: schema } }, { type: 't', it: value })
    .filter((one) => one.expected === expected)
    .map(({ message }) => message.it)

t.test('each keyword is broken once, and met at its boundary', async (t) => {
  t.strictSame(values({ minimum: 1, maximum: 5 }, 3, 'refused'), [undefined, 0, 6])
  t.strictSame(values({ minimum: 1, maximum: 5 }, 3, 'accepted'), [1, 5])
  t.strictSame(values({ type: 'string', minLength: 2, maxLength: 3 }, 'ab', 'refused'), [undefined, 7, 'x', 'xxxx'])
  t.strictSame(values({ type: 'string', minLength: 2, maxLength: 3 }, 'ab', 'accepted'), ['xx', '😀😀😀'])
  t.strictSame(values({ enum: ['a', 'b'] }, 'a', 'refused'), [undefined, 'ax', 1])
  t.strictSame(values({ enum: ['a', 'b'] }, 'a', 'accepted'), ['a', 'b'])
  t.strictSame(values({ const: 'a' }, 'a', 'accepted'), ['a'])
  t.strictSame(values({ type: 'integer' }, 1, 'refused'), [undefined, '1', true, 1.5])
})

t.test('an optional field is null, which is refused, and absent, which is not', async (t) => {
  const [broken, absent] = constraintsOf({ properties: { it: {} } }, { type: 't', it: 1 })
  t.strictSame(broken, { id: 't-it-null', field: 't-it', message: { type: 't', it: null }, expected: 'refused' })
  t.strictSame(absent, { id: 't-it-absent', field: 't-it', message: { type: 't' }, expected: 'accepted' })
})

t.test('nothing but the one field changes', async (t) => {
  const schema: Schema = { properties: { a: { properties: { b: { maximum: 1 } } } } }
  const deep = constraintsOf(schema, { type: 't', a: { b: 1, c: 2 }, d: 3 }).filter(({ field }) => field === 't-a-b')
  t.strictSame(
    deep.map(({ message }) => message),
    [null, undefined, 2, 1].map((b) => ({ type: 't', a: b === undefined ? { c: 2 } : { c: 2, b }, d: 3 })),
  )
})

t.test('references are resolved, also within what is referred to', async (t) => {
  const definitions = { outer: { properties: { it: { $ref: '#/$defs/inner' } } }, inner: { type: 'string' } }
  t.strictSame(resolved({ $ref: 'common.json#/$defs/outer' }, definitions), { properties: { it: { type: 'string' } } })
  t.throws(() => resolved({ $ref: '#/$defs/none' }, definitions), /names no definition/)
})

t.test('a pattern of which no values are known is an error', async (t) => {
  t.throws(() => values({ pattern: '^new$' }, 'new', 'refused'), /no values are known/)
})

for (const type of TYPES) {
  const constraints = constraintsOfType(type, NEEDS)

  t.test(`${type}: another validator agrees on every message`, async (t) => {
    for (const { id, message, expected } of constraints)
      t.equal(validateClientMessage(message) ? 'accepted' : 'refused', expected, id)
  })

  t.test(`${type}: no id is given twice, and no keyword of the schema is left out`, async (t) => {
    const ids = new Set(constraints.map(({ id }) => id))
    t.equal(ids.size, constraints.length)
    const missing = keywordsOf(schemaOf(type), type).filter((start) => ![...ids].some((id) => id.startsWith(start)))
    t.strictSame(missing, [])
  })
}

/** How the ids begin that a schema asks for. */
function keywordsOf(schema: Schema, field: string): string[] {
  const { properties = {}, patternProperties = {}, required = [] } = schema
  const inner = [
    ...Object.entries(properties),
    ...Object.values(patternProperties).map((own) => ['lobby', own] as const),
  ]
  return inner.flatMap(([key, own]) => {
    if (key === 'type') return []
    const at = `${field}-${key}`
    const named = CHECKED.filter((keyword) => own[keyword] !== undefined).map((keyword) =>
      keyword === 'const' ? 'enum' : keyword,
    )
    return [
      `${at}-${required.includes(key) ? 'required' : 'null'}`,
      ...named.map((keyword) => `${at}-${keyword}`),
      ...keywordsOf(own, at),
    ]
  })
}
