/** TypeScript types of JSON Schemas. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { compile, type JSONSchema } from 'json-schema-to-typescript'

/**
 * Interfaces and unions for everything that the schema files reach, one exported type per `title`.
 *
 * @param name what the union of the files is called
 * @param directory where the files are; their references are relative to it
 * @throws where two schemas share a title, which the compiler would silently number
 */
export async function typesOf(name: string, directory: URL, files: readonly string[]): Promise<string> {
  return typesOfSchema({ title: name, oneOf: files.map((file) => ({ $ref: file })) }, name, directory)
}

/** As `typesOf`, for one file, whose own title names its type. */
export async function typesOfFile(file: URL): Promise<string> {
  return typesOfSchema(JSON.parse(await readFile(file, 'utf8')), file.pathname, file)
}

async function typesOfSchema(root: JSONSchema, name: string, directory: URL): Promise<string> {
  const source = await compile(root, name, {
    cwd: fileURLToPath(new URL('./', directory)),
    bannerComment: '',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
  const numbered = source.match(/^export (?:interface|type) (\w+\d)\b/m)
  if (numbered) throw new Error(`${name}: the title of ${numbered[1]} is used by two schemas; give each its own`)
  return source
}
