/**
 * The program in one file of JavaScript. A checkout starts through tsx, which takes four times as long, and a run of the
 * suite starts dozens of servers.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PACKAGE_ROOT, PROGRAM } from '../installation.ts'

let made: string | undefined

/**
 * The path of a program that does what PROGRAM does: made once a process, from the sources as they are then, and taken
 * away at its end. Where nothing can be made, or nothing needs to be, it is PROGRAM itself.
 */
export async function oneFile(): Promise<string> {
  if (!existsSync(`${PACKAGE_ROOT}cli/main.ts`)) return PROGRAM
  made ??= await bundle().catch(() => PROGRAM)
  return made
}

async function bundle(): Promise<string> {
  const { build } = await import('esbuild')
  // Below the checkout, from where its packages and its package.json are found.
  const cache = join(PACKAGE_ROOT, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'shakedown-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'shakedown.mjs')
  await build({
    entryPoints: [`${PACKAGE_ROOT}cli/main.ts`],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent' },
    // Packages stay where they are.
    packages: 'external',
  })
  return outfile
}
