/** The module loader hook behind `registerMutant`; Node runs it in a thread of its own. */
import type { InitializeHook, LoadHook } from 'node:module'

interface Replacement {
  readonly url: string
  readonly source: string
}

let replacement: Replacement | undefined

export const initialize: InitializeHook<Replacement> = (data) => {
  replacement = data
}

/** Other loaders add a query to the URL. */
export const load: LoadHook = (url, context, nextLoad) => {
  if (replacement === undefined || url.split('?')[0] !== replacement.url) return nextLoad(url, context)
  return { format: 'module', source: replacement.source, shortCircuit: true }
}
