/** The scenarios that can be played, and what their workloads leave to defaults. */
import { readFile } from 'node:fs/promises'

interface FieldSchema {
  readonly $ref?: string
  readonly const?: string
  readonly default?: unknown
}

interface WorkloadSchema {
  readonly properties: Readonly<Record<string, FieldSchema>>
}

/** The source of a module that holds, by scenario, the defaults that the schema of its workload documents. */
export async function workloadDefaultsOf(results: URL): Promise<string> {
  const read = async (file: string) => JSON.parse(await readFile(new URL(file, results), 'utf8'))
  const { oneOf }: { readonly oneOf: readonly { readonly $ref: string }[] } = await read('workload.json')
  const { $defs } = await read('workloads/fields.json')
  const resolve = (field: FieldSchema): FieldSchema =>
    field.$ref === undefined ? field : { ...$defs[field.$ref.slice(field.$ref.lastIndexOf('/') + 1)], ...field }
  const rows = await Promise.all(
    oneOf.map(async ({ $ref }) => {
      const { properties }: WorkloadSchema = await read($ref)
      const defaults = Object.entries(properties)
        .map(([name, field]) => [name, resolve(field).default] as const)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `    ${name}: ${JSON.stringify(value)},\n`)
      return `  '${properties.scenario?.const}': {\n${defaults.join('')}  },\n`
    }),
  )
  return `/** By scenario: what a workload leaves out. */\nexport const WORKLOAD_DEFAULTS = {\n${rows.join('')}} as const\n`
}
