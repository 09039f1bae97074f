/** Where this Shakedown lives and which version it is, in a checkout and in the published package alike. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Directory of package.json: one up from cli/ in a checkout, one up from dist/cli/ when published. */
export const PACKAGE_ROOT = fileURLToPath(nearestRoot(new URL('..', import.meta.url)))

/** The file that `npx shakedown` runs. */
export const PROGRAM = `${PACKAGE_ROOT}cli/shakedown.js`

/** Semantic version of the package. */
export const VERSION: string = JSON.parse(readFileSync(`${PACKAGE_ROOT}package.json`, 'utf8')).version

function nearestRoot(directory: URL): URL {
  return existsSync(new URL('package.json', directory)) ? directory : nearestRoot(new URL('..', directory))
}
