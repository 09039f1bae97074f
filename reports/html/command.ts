/** A command line to be copied. */
import { type Markup, markup } from '../markup.ts'

/** The button shows itself only where the script runs. */
export function command(line: string): Markup {
  return markup`<span class="command"><code>${line}</code><button type="button" class="copy" hidden>Copy</button></span>`
}
