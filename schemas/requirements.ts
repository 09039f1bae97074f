/** The registry of requirements: PROTOCOL.md itself, read. */
import type { Level } from './generated/results.ts'

/** One normative sentence. */
export interface Requirement {
  /** `section/what-is-expected`. */
  readonly id: string
  readonly level: Level
  readonly text: string
  /** Line of the registry file, counted from 1. */
  readonly line: number
}

/** The specification of chat.v1. */
export const PROTOCOL = new URL('./PROTOCOL.md', import.meta.url)

const ITEM = /^- \*\*(?<id>[^*]*)\*\*(?<rest>.*)$/
const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\/[a-z0-9]+(?:-[a-z0-9]+)*$/
const DASH = ' — '
const KEYWORD = /\b(?:MUST|SHALL|REQUIRED|SHOULD|RECOMMENDED|MAY|OPTIONAL)\b/g
const LEVELS: Readonly<Record<string, Level>> = { MUST: 'must', SHOULD: 'should', MAY: 'may' }

/**
 * Reads every list item `- **section/slug** — One sentence with one keyword of RFC 2119.`, which may go on in
 * lines indented by two blanks.
 *
 * @throws Error naming the line where an item is malformed, repeats an id, or is not of exactly one level
 */
export function readRequirements(markdown: string): Requirement[] {
  const requirements: Requirement[] = []
  const lines = markdown.split('\n')
  for (const [index, line] of lines.entries()) {
    const item = ITEM.exec(line)?.groups
    if (!item) continue
    const requirement = readItem(item.id ?? '', withContinuation(item.rest ?? '', lines.slice(index + 1)), index + 1)
    const first = requirements.find(({ id }) => id === requirement.id)
    if (first) throw new Error(`line ${index + 1}: ${first.id} stands on line ${first.line} already; ids are unique`)
    requirements.push(requirement)
  }
  return requirements
}

function withContinuation(rest: string, following: readonly string[]): string {
  const end = following.findIndex((line) => !/^ {2}\S/.test(line))
  const more = following.slice(0, end < 0 ? following.length : end)
  return [rest, ...more.map((line) => line.trim())].join(' ')
}

function readItem(id: string, rest: string, line: number): Requirement {
  if (!ID.test(id)) throw new Error(`line ${line}: ${JSON.stringify(id)} is no id; write section/what-is-expected`)
  if (!rest.startsWith(DASH)) throw new Error(`line ${line}: after the id of ${id} comes an em dash, then its sentence`)
  const text = rest.slice(DASH.length)
  const keywords = new Set(text.match(KEYWORD))
  const [keyword = ''] = keywords
  const level = LEVELS[keyword]
  if (keywords.size !== 1 || !level) {
    const found = [...keywords].join(' and ') || 'none'
    throw new Error(`line ${line}: ${id} has ${found}; a requirement has one of MUST, SHOULD and MAY, or its negation`)
  }
  return { id, level, text, line }
}
