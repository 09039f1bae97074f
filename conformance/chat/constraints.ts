/**
 * Constraint messages, generated from the schemas: for each keyword of a message one that breaks just it, and one at its
 * boundary. Pure; what a pattern lets through cannot be derived from it, so that stands in a table.
 */

/** The keywords of JSON Schema that the messages of clients are written in, references resolved. */
export interface Schema {
  readonly type?: 'string' | 'integer' | 'boolean' | 'object'
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
}

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export interface Constraint {
  /** `type-path-keyword-what`, such as `subscribe-payload-room-pattern-upper-case`. */
  readonly id: string
  /** The field that it is about: `subscribe-payload-room`. */
  readonly field: string
  readonly message: JsonObject
  readonly expected: 'refused' | 'accepted'
}

/** What becomes of one field; undefined takes it away. */
interface Change {
  readonly keyword: string
  readonly value: Json | undefined
  readonly expected: Constraint['expected']
}

/** Everything that `$ref` names, by the last part of its path. */
type Definitions = Readonly<Record<string, unknown>>

/** A schema with what it refers to in the place of its references. */
export function resolved(schema: unknown, definitions: Definitions): Schema {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk)
    if (typeof node !== 'object' || node === null) return node
    const { $ref } = node as { $ref?: string }
    if ($ref === undefined) return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]))
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    if (definitions[name] === undefined) throw new Error(`${$ref} names no definition`)
    return walk(definitions[name])
  }
  return walk(schema) as Schema
}

/**
 * The constraints of every field that the message has.
 * @param schema of the message, resolved
 * @param base a message that fits it; fields that exclude one another need several
 */
export function constraintsOf(schema: Schema, base: JsonObject): Constraint[] {
  return fieldsOf(schema, base, []).flatMap(({ path, changes }) => {
    const field = [base.type, ...path].join('-')
    return changes.map(({ keyword, value, expected }) => {
      const message = changed(base, path, value) as JsonObject
      return { id: `${field}-${keyword}`, field, message, expected }
    })
  })
}

interface Field {
  readonly path: readonly string[]
  readonly changes: readonly Change[]
}

/** The type says which schema holds, so that breaking it is another rule's affair. */
const isType = (path: readonly string[]) => path.length === 1 && path[0] === 'type'

function fieldsOf(schema: Schema, value: Json, path: readonly string[]): Field[] {
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]): Field[] => {
    const at = [...path, key]
    const own = schema.properties?.[key] ?? matching(schema.patternProperties, key)
    if (own === undefined || isType(at)) return []
    const changes = [...presenceOf(key, schema), ...valuesOf(own, inner)]
    return [{ path: at, changes }, ...fieldsOf(own, inner, at)]
  })
}

const matching = (schemas: Schema['patternProperties'] = {}, key: string) =>
  Object.entries(schemas).find(([pattern]) => new RegExp(pattern, 'u').test(key))?.[1]

/** Absent where it is required; null where it is optional, for an explicit null is no absence. */
function presenceOf(key: string, { required = [], properties = {} }: Schema): Change[] {
  if (required.includes(key)) return [refused('required', undefined)]
  return key in properties ? [refused('null', null), accepted('absent', undefined)] : [refused('null', null)]
}

/** What each keyword of a field's schema refuses, and what it only just accepts. */
function valuesOf(schema: Schema, value: Json): Change[] {
  const { type, minLength, maxLength, minimum, maximum } = schema
  const members = schema.const === undefined ? schema.enum : [schema.const]
  return [
    ...(type === undefined ? [] : WRONG_TYPES[type].map(([what, wrong]) => refused(`type-${what}`, wrong))),
    ...(members === undefined ? [] : [refused('enum-other', `${members[0]}x`), refused('enum-number', 1)]),
    ...(members ?? []).map((member, at) => accepted(`enum-${at}`, member as Json)),
    ...(schema.pattern === undefined ? [] : patternChanges(schema.pattern, String(value))),
    ...(minLength === undefined ? [] : [refused('minLength-under', 'x'.repeat(minLength - 1))]),
    ...(minLength === undefined ? [] : [accepted('minLength', 'x'.repeat(minLength))]),
    ...(maxLength === undefined ? [] : [refused('maxLength-over', 'x'.repeat(maxLength + 1))]),
    // In code points, of which each of these is one, of two UTF-16 units and four octets.
    ...(maxLength === undefined ? [] : [accepted('maxLength', '😀'.repeat(maxLength))]),
    ...(minimum === undefined ? [] : [refused('minimum-under', minimum - 1), accepted('minimum', minimum)]),
    ...(maximum === undefined ? [] : [refused('maximum-over', maximum + 1), accepted('maximum', maximum)]),
  ]
}

const WRONG_TYPES: Readonly<Record<NonNullable<Schema['type']>, readonly (readonly [string, Json])[]>> = {
  string: [['number', 7]],
  integer: [
    ['string', '1'],
    ['true', true],
    ['fraction', 1.5],
  ],
  boolean: [
    ['string', 'true'],
    ['number', 1],
  ],
  object: [
    ['array', []],
    ['string', '{}'],
  ],
}

const ROOM = /^\^(?:\(\?:@me\|)?\[a-z0-9\]\[a-z0-9_.:-\]\{0,127\}\)?\$$/
const ID = '^[A-Za-z0-9_-]{1,64}$'

/** @param valid a value that fits; a room's is prolonged, since not every room is granted */
function patternChanges(pattern: string, valid: string): Change[] {
  if (pattern === ID)
    return [
      ...Object.entries({ empty: '', blank: 'a b', long: 'x'.repeat(65), newline: 'x1\n', wide: 'é' }).map(
        ([what, value]) => refused(`pattern-${what}`, value),
      ),
      accepted('pattern-longest', '_-Zz09'.padEnd(64, 'x')),
      accepted('pattern-shortest', 'x'),
    ]
  if (!ROOM.test(pattern)) throw new Error(`no values are known that fit and break the pattern ${pattern}`)
  return [
    ...Object.entries({
      empty: '',
      'upper-case': valid.toUpperCase(),
      slash: `${valid}/x`,
      'leading-dot': `.${valid}`,
      newline: `${valid}\n`,
      long: valid.padEnd(129, 'x'),
    }).map(([what, value]) => refused(`pattern-${what}`, value)),
    accepted('pattern-longest', `${valid}_.:-09`.padEnd(128, 'z')),
  ]
}

const refused = (keyword: string, value: Json | undefined): Change => ({ keyword, value, expected: 'refused' })
const accepted = (keyword: string, value: Json | undefined): Change => ({ keyword, value, expected: 'accepted' })

/** A copy in which the field at the path has another value, or is gone. */
function changed(node: Json, [key, ...rest]: readonly string[], value: Json | undefined): Json {
  if (key === undefined || !isObject(node)) return node
  const { [key]: inner = null, ...others } = node
  if (rest.length > 0) return { ...node, [key]: changed(inner, rest, value) }
  return value === undefined ? others : { ...node, [key]: value }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
