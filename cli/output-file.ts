/** Files that a run leaves behind: refused before it where they cannot be written, written after it. */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * Leaves nothing behind: folders that are still missing are made when there is something to write.
 * @throws Error that says why the file could not be written.
 */
export function checkWritable(file: string): void {
  if (existsSync(file)) {
    if (statSync(file).isDirectory()) throw new Error('it is a folder; give a file')
    accessSync(file, constants.W_OK)
  } else {
    // Only a trial tells: root may write to /proc by its permissions, and nobody can.
    rmdirSync(mkdtempSync(join(nearestFolder(dirname(resolve(file))), '.shakedown-')))
  }
}

/**
 * Writes a file, with the folders that it needs.
 * @throws Error of the file system.
 */
export function writeOutput(file: string, content: string): void {
  makeFolder(dirname(resolve(file)))
  writeFileSync(file, content)
}

/** Whether the writing went well; stderr says which file could not be written, and why. */
export function isWritten(what: string, write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    const { code, message, stack } = error as NodeJS.ErrnoException
    // Without a code it is no file system that refuses: a fault of ours.
    process.stderr.write(`shakedown: ${what} could not be written: ${code === undefined ? stack : message}\n`)
    return false
  }
}

/** The last part of a path that is there. */
function nearestFolder(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return nearestFolder(dirname(path))
  if (!statSync(path).isDirectory()) throw new Error(`${path} is no folder`)
  return path
}

/** Folder by folder, for Node's own way never ends where the file system answers ENOENT, as /proc does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}
