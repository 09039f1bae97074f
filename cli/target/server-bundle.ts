/**
 * The reference server and its packages in one file of JavaScript. A checkout starts through tsx, which takes four times
 * as long, and a run of the suite starts dozens of servers, one of the mutants hundreds.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import type { Mutant } from '../../reference-server/mutate.ts'
import { PACKAGE_ROOT } from '../installation.ts'

const ENTRY = `${PACKAGE_ROOT}cli/serve-main.ts`

/** Packages of CommonJS, once they stand in a module, still ask for Node's own by `require`. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`

const made = new Map<string, Promise<string>>()
let folder: string | undefined

/**
 * The path of a program that is `shakedown serve` by the launch contract: made once a process for each mutant, and once
 * without any, from the sources as they are then, and taken away at its end.
 * @returns undefined outside a checkout, where all is JavaScript already.
 * @throws Error where the mutant's text is not found in its file exactly once.
 */
export async function serverBundle(mutant?: Mutant): Promise<string | undefined> {
  if (!existsSync(ENTRY)) return undefined
  const key = mutant?.id ?? ''
  const found = made.get(key) ?? bundle(`${made.size}.mjs`, mutant)
  made.set(key, found)
  return found
}

async function bundle(name: string, mutant: Mutant | undefined): Promise<string> {
  const { build } = await import('esbuild')
  const outfile = join(ownFolder(), name)
  await build({
    entryPoints: [ENTRY],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent' },
    banner: { js: REQUIRE },
    // Only `--mutant`, which goes through the sources, needs the one, and only a node with a broker the other.
    external: ['esbuild', '@redis/client'],
    plugins: mutant === undefined ? [] : [withFault(mutant)],
  })
  return outfile
}

/** Below the checkout, from where its package.json is found. */
function ownFolder(): string {
  if (folder !== undefined) return folder
  const cache = join(PACKAGE_ROOT, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const mine = mkdtempSync(join(cache, 'shakedown-'))
  process.once('exit', () => rmSync(mine, { recursive: true, force: true }))
  folder = mine
  return mine
}

function withFault(mutant: Mutant): Plugin {
  const path = join(PACKAGE_ROOT, 'reference-server', mutant.file)
  return {
    name: 'fault',
    setup: (build) =>
      build.onLoad({ filter: /reference-server/ }, async (file) => {
        if (file.path !== path) return undefined
        const { applyMutant } = await import('../../reference-server/mutate.ts')
        return { contents: applyMutant(readFileSync(path, 'utf8'), mutant), loader: 'ts' }
      }),
  }
}
