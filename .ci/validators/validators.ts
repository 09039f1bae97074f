/** Tools that are not ours, as functions of a text. `install.sh` beside this file installs them. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const MODULES = new URL('./node_modules/', import.meta.url)
const JUNIT_SCHEMA = new URL('junit-10.xsd', MODULES)
const require = createRequire(import.meta.url)

/** Why the tests that need them are skipped; false where they are installed, and in CI, where they have to be. */
export const MISSING: string | false =
  existsSync(JUNIT_SCHEMA) || process.env.CI === 'true' ? false : '.ci/validators/install.sh was not run here'

/** One finding of Microsoft's SARIF Multitool. */
export interface SarifFault {
  readonly rule: string
  readonly level: 'error' | 'warning' | 'note'
  readonly message: unknown
}

/**
 * What the SARIF Multitool has against a log, by the schema of SARIF 2.1.0, its own rules, and those of GitHub's code
 * scanning; its notes are left out.
 *
 * @param log the path of the log
 * @param output where the Multitool may write its findings
 */
export function sarifFaults(log: string, output: string): readonly SarifFault[] {
  const multitool: string = require.resolve(`${require('@microsoft/sarif-multitool')}`)
  const options = ['--rule-kind', 'Sarif;Gh', '--level', 'Error;Warning', '--kind', 'Fail', '--log', 'ForceOverwrite']
  const { error, stdout } = spawnSync(multitool, ['validate', log, '--output', output, '--quiet', ...options], {
    encoding: 'utf8',
  })
  if (error !== undefined || !existsSync(output)) throw error ?? new Error(`the SARIF Multitool did not run: ${stdout}`)
  const { runs } = JSON.parse(readFileSync(output, 'utf8'))
  return runs.flatMap(({ results }: { results: readonly Record<string, unknown>[] }) =>
    results.map(({ ruleId: rule, level = 'warning', message }) => ({ rule, level, message })),
  )
}

/** What libxml2 has against a JUnit document, by the schema of Jenkins' xUnit plugin. */
export async function junitFaults(xml: string): Promise<readonly string[]> {
  const { validateXML } = require('xmllint-wasm')
  const schema = readFileSync(JUNIT_SCHEMA, 'utf8')
  const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema: [schema] })
  return errors.map(({ rawMessage }: { rawMessage: string }) => rawMessage)
}

/** GitHub-flavoured Markdown as HTML, by markdown-it: tables, raw HTML and links that make themselves included. */
export function markdownToHtml(markdown: string): string {
  const MarkdownIt = require('markdown-it')
  return MarkdownIt({ html: true, linkify: true }).render(markdown)
}

/** What the parser of the AsyncAPI initiative calls an error in a document, and how many operations it finds there. */
export async function readAsyncapi(path: string): Promise<{ errors: readonly string[]; operations: number }> {
  const { Parser, fromFile } = require('@asyncapi/parser')
  const { document, diagnostics } = await fromFile(new Parser(), path).parse()
  const errors = diagnostics.filter(({ severity }: { severity: number }) => severity === 0)
  return {
    errors: errors.map(({ path, message }: { path: string[]; message: string }) => `${path.join('.')}: ${message}`),
    operations: document?.operations().all().length ?? 0,
  }
}
