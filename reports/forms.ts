/** The forms that a report can take, by the name of its file. */
import type { Result } from '../schemas/generated/results.ts'
import { renderBadge } from './badge.ts'
import { renderHtml } from './html/page.ts'
import { renderJUnit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderSarif } from './sarif.ts'
import { renderTap } from './tap.ts'

export type Form = 'json' | 'junit' | 'tap' | 'sarif' | 'markdown' | 'html' | 'badge'

/** Extensions, with the dot, and the form each stands for. */
export const FORMS: Readonly<Record<string, Form>> = {
  '.json': 'json',
  '.xml': 'junit',
  '.tap': 'tap',
  '.sarif': 'sarif',
  '.md': 'markdown',
  '.html': 'html',
  '.svg': 'badge',
}

/** The form that a file's name asks for; undefined where its extension is none of FORMS. */
export function formOf(filename: string): Form | undefined {
  const extension = /\.[^./\\]+$/.exec(filename)?.[0].toLowerCase() ?? ''
  return Object.hasOwn(FORMS, extension) ? FORMS[extension] : undefined
}

/** Renders results in a form. As JSON, one result is itself (which validates against its schema), several are an array. */
export function render(form: Form, results: readonly Result[]): string {
  switch (form) {
    case 'json':
      return `${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`
    case 'junit':
      return renderJUnit(results)
    case 'tap':
      return renderTap(results)
    case 'sarif':
      return renderSarif(results)
    case 'markdown':
      return renderMarkdown(results)
    case 'html':
      return renderHtml(results)
    case 'badge':
      return renderBadge(results)
  }
}
