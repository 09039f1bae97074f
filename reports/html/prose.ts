/** A sentence of a registry, which is written in Markdown. */
import { type Markup, markup } from '../markup.ts'

/** What stands between backticks as code, the rest as it is. */
export function prose(text: string): Markup {
  const parts = text.split('`')
  // An odd backtick is one that nothing closes: then it is only a character.
  if (parts.length % 2 === 0) return markup`${text}`
  return markup`${parts.map((part, i) => (i % 2 === 1 ? markup`<code>${part}</code>` : part))}`
}
