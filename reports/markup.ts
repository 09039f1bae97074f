/** Markup in which every interpolated value is escaped: HTML and XML alike. */
import { printable } from './printable.ts'

/** Text that is markup already. Only `markup` and `trusted` make it. */
export class Markup {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
}

export type Child = Markup | string | number | undefined | readonly Child[]

/** Tag of a template whose values are escaped, save those that are markup; lists are joined, undefined is nothing. */
export function markup(strings: TemplateStringsArray, ...children: readonly Child[]): Markup {
  return new Markup(strings.reduce((whole, string, i) => whole + source(children[i - 1]) + string))
}

/** Takes text of our own (a style sheet, a script) as markup: never anything that a result holds. */
export function trusted(source: string): Markup {
  return new Markup(source)
}

function source(child: Child): string {
  if (child === undefined) return ''
  if (child instanceof Markup) return child.source
  if (typeof child === 'object') return child.map(source).join('')
  return escapeMarkup(String(child))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand between tags or in a quoted attribute, with what XML 1.0 forbids replaced. */
export function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
