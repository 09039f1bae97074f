/** Standalone Ajv validators of chat.v1 and of the result files. */
import { readFile } from 'node:fs/promises'
import type { SchemaObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'

/** A schema file's text becomes known under `base/file`, which is what its relative references resolve against. */
interface Build {
  readonly base: string
  readonly directory: URL
  readonly files: readonly string[]
  readonly strict: boolean
}

/** The files of chat.v1, relative to its folder. */
export interface ChatFiles {
  readonly shared: readonly string[]
  /** By type. */
  readonly client: readonly string[]
  readonly server: readonly string[]
  /** By the type of the command. */
  readonly ok: readonly string[]
  /** By the last part of the path under /control/. */
  readonly control: readonly string[]
}

/** A copy in which every object that lists its properties admits no others. */
export function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) copy[key] = closed(value)
  if (copy.type === 'object' && 'properties' in copy && !('additionalProperties' in copy)) {
    copy.additionalProperties = false
  }
  return copy
}

/** An Ajv that knows the builds; `formats` and every unknown keyword are errors. */
export async function ajvOf(builds: readonly Build[]): Promise<Ajv2020> {
  const ajv = new Ajv2020({
    strict: true,
    // A root requires its discriminator, and `not` two properties, without defining them beside it.
    strictRequired: false,
    allowUnionTypes: true,
    discriminator: true,
    code: { source: true, esm: true },
  })
  for (const { base, directory, files, strict } of builds) {
    for (const file of files) {
      const schema: SchemaObject = JSON.parse(await readFile(new URL(file, directory), 'utf8'))
      ajv.addSchema((strict ? closed(schema) : schema) as SchemaObject, base + file)
    }
  }
  return ajv
}

const files = (chat: ChatFiles) => [
  ...chat.shared,
  ...chat.client.map((type) => `client/${type}.json`),
  ...chat.server.map((type) => `server/${type}.json`),
  ...chat.ok.map((type) => `ok/${type}.json`),
  ...chat.control.map((path) => `control/${path}.json`),
]

/** The builds of everything: chat.v1 as it is on the wire, chat.v1 strict, and the result files. */
export function builds(schemas: URL, chat: ChatFiles, results: readonly string[]): Build[] {
  const directory = new URL('chat.v1/', schemas)
  return [
    { base: 'wire:/', directory, files: files(chat), strict: false },
    { base: 'strict:/', directory, files: files(chat), strict: true },
    { base: 'results:/', directory: new URL('results/', schemas), files: results, strict: false },
  ]
}

/** Paths of the control API have hyphens, which names in JavaScript cannot. */
const identifier = (prefix: string, type: string) => prefix + type.replaceAll('-', '_')

const table = (name: string, prefix: string, types: readonly string[]) =>
  `export const ${name} = {\n${types.map((type) => `  '${type}': ${identifier(prefix, type)},\n`).join('')}}\n`

/**
 * The source of an ES module of validators. Ajv writes `require` for its runtime helpers even in a module,
 * so those become imports.
 */
export function validatorsOf(ajv: Ajv2020, chat: ChatFiles): string {
  const ids: Record<string, string> = {
    validateClientMessage: 'wire:/client.json',
    validateServerMessage: 'strict:/server.json',
    validateLimits: 'wire:/limits.json',
    validateConformanceResult: 'results:/conformance.json',
    validateLoadResult: 'results:/load.json',
    validateSearchResult: 'results:/search.json',
    validateBaseline: 'results:/baseline.json',
    validateTargetFile: 'results:/target-file.json',
    validateWorkload: 'results:/workload.json',
  }
  for (const type of chat.client) ids[`client_${type}`] = `wire:/client/${type}.json`
  for (const type of chat.ok) ids[`ok_${type}`] = `strict:/ok/${type}.json`
  for (const path of chat.control) ids[identifier('control_', path)] = `wire:/control/${path}.json`
  const helpers = new Set<string>()
  const body = standalone.default(ajv, ids).replace(/require\("ajv\/dist\/runtime\/(\w+)"\)/g, (_, helper: string) => {
    helpers.add(helper)
    return helper
  })
  if (body.includes('require(')) throw new Error('validators.js: a require() is left that no import replaces')
  const imports = [...helpers].sort().map((helper) => `import ${helper} from 'ajv/dist/runtime/${helper}.js'\n`)
  return [
    ...imports,
    body,
    '\n',
    table('clientValidators', 'client_', chat.client),
    table('okValidators', 'ok_', chat.ok),
    table('controlValidators', 'control_', chat.control),
  ]
    .join('')
    .replace('"use strict";', '')
}

/** The declarations that go with `validatorsOf`. */
export const VALIDATOR_TYPES = `import type { ErrorObject } from 'ajv'
import type {
  ClientMessage,
  DrainBody,
  NotifyBody,
  OkPayloads,
  ResetEpochBody,
  RevokeBody,
  ServerMessage,
} from './chat.ts'
import type { Baseline, ConformanceResult, LoadResult, SearchResult, TargetFile, Workload } from './results.ts'
import type { Limits } from './tables.ts'

/** Checks a parsed JSON value; after \`false\`, \`errors\` says what is wrong with the last one checked. */
export interface Validator<T> {
  (value: unknown): value is T
  errors?: null | ErrorObject[]
}

/** As on the wire: fields that are not known are allowed. */
export declare const validateClientMessage: Validator<ClientMessage>
export declare const clientValidators: {
  readonly [T in ClientMessage['type']]: Validator<Extract<ClientMessage, { type: T }>>
}
/** Strict: a field that the schemas do not name is an error, except inside metadata and data. */
export declare const validateServerMessage: Validator<ServerMessage>
/** Strict; by the type of the command that the \`ok\` answers. */
export declare const okValidators: { readonly [C in keyof OkPayloads]: Validator<OkPayloads[C]> }
/** Bodies of the control paths, by what follows \`/control/\`; fields that are not known are allowed. */
export declare const controlValidators: {
  readonly notify: Validator<NotifyBody>
  readonly revoke: Validator<RevokeBody>
  readonly 'reset-epoch': Validator<ResetEpochBody>
  readonly drain: Validator<DrainBody>
}
export declare const validateLimits: Validator<Limits>
export declare const validateConformanceResult: Validator<ConformanceResult>
export declare const validateLoadResult: Validator<LoadResult>
export declare const validateSearchResult: Validator<SearchResult>
export declare const validateBaseline: Validator<Baseline>
export declare const validateTargetFile: Validator<TargetFile>
export declare const validateWorkload: Validator<Workload>
`
