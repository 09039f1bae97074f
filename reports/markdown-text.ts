/** Text from a result as GitHub-flavoured Markdown that shows it and means nothing more. */
import { printable } from './printable.ts'

/** Entities where a backslash would not do: in cells, in HTML, and where GitHub links or mentions by itself. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '|': '&#124;',
  '@': '&#64;',
}

/** One line of prose, of a list or a table's cell; line ends become breaks. */
export function text(value: string): string {
  return escaped(value).replace(/\s*\n\s*/g, '<br>')
}

/** The same as code. It is an element, for a code span knows no entity and a cell's pipe would end it. */
export function code(value: string): string {
  return `<code>${text(value)}</code>`
}

/** A fenced block of lines, behind a fence that is longer than any within. */
export function fenced(lines: readonly string[]): string {
  const content = printable(lines.join('\n'))
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${content}\n${fence}`
}

/** A table of cells that are Markdown already; numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], numeric = false): string {
  const rule = head.map((_, i) => (numeric && i > 0 ? '---:' : '---'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** A fold; its body is Markdown. */
export function fold(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`
}

function escaped(value: string): string {
  return printable(value)
    .trim()
    .replace(/[\\`*_{}[\]#~$]/g, '\\$&')
    .replace(/^(\d*)([-+=.)])/, '$1\\$2')
    .replace(/[&<>|@]/g, (character) => ENTITIES[character] ?? character)
    .replace(/:(?=\/\/)/g, '&#58;')
    .replace(/\b(www)\./gi, '$1&#46;')
}
