/** Golden files in their native format: what a test renders is compared with a file that a person can open. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'

/** Asserts that a text equals `golden/<name>`; under tap's own `--snapshot` it writes the file instead. */
export function matchesGolden(t: Test, name: string, text: string): void {
  const file = new URL(name, import.meta.url)
  if (process.env.TAP_SNAPSHOT === '1') writeFileSync(file, text)
  t.equal(text, readFileSync(file, 'utf8'), `is golden/${name} (tap --snapshot renews it)`)
}
