/** Results whose every free text would break out of a report, were it not escaped. */

/** Would run, close, open or steer something in HTML, XML, TAP, YAML or Markdown. */
export const HOSTILE = `</script></style></title></details></summary></svg>"' onload='x' <img src=x onerror=x> <!-- ]]> &lt; \u0000\u202e`

/** Would be a table's cell, code, a heading, a list, a link, a mention, a test point or the end of a YAML block. */
export const HOSTILE_LINES = `- a | b \`\`\` ** __ [l](http://x) www.x.org @all $x$ ~~ # TODO \\
\n# h\n  ...\nok 99 - forged # SKIP\nBail out!\n1..0\n---\n===\n\`\`\`\n> q\n<b>b\n${HOSTILE}`

/** A copy of a result in which every free text is this one; enums, histograms and places stay. */
export function withStrings<T>(value: T, text: string): T {
  const kept = new Set(['format', 'verdict', 'pack', 'level', 'kind', 'histogram', 'file'])
  return JSON.parse(JSON.stringify(value), (key, one) => (typeof one === 'string' && !kept.has(key) ? text : one))
}

/** One tag of HTML. */
export interface Tag {
  readonly name: string
  readonly isEnd: boolean
  readonly isVoid: boolean
}

/** The tags on a page, but for what scripts and style sheets hold. */
export function tagsOf(page: string): readonly Tag[] {
  const markup = page.replace(/(<(?:script|style)>)[\s\S]*?(?=<\/(?:script|style)>)/g, '$1')
  return [...markup.matchAll(/<(\/?)([a-zA-Z!][a-z0-9]*)[^>]*?(\/?)>/g)].map(([, slash, name = '', selfClosed]) => ({
    name,
    isEnd: slash === '/',
    isVoid: selfClosed === '/' || ['meta', 'br', 'input', '!doctype'].includes(name),
  }))
}
