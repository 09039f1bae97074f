/** Command lines as text that a shell reads back as it was, without their secrets. */

/** What stands in a result file in place of a secret: the shell of whoever repeats the run fills it in. */
const REDACTED = '"$CHAT_JWT_SECRET"'

/** Characters that every shell takes literally. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/

/** @param args arguments of `shakedown`, without the program itself. */
export function commandLine(args: readonly string[]): string {
  return ['npx', 'shakedown', ...args.map((arg, index) => redacted(arg, args[index - 1]) ?? quoted(arg))].join(' ')
}

/** The argument with its secret taken out; undefined where it holds none. */
function redacted(arg: string, previous: string | undefined): string | undefined {
  if (previous === '--jwt-secret') return REDACTED
  if (arg.startsWith('--jwt-secret=')) return `--jwt-secret=${REDACTED}`
  return undefined
}

const quoted = (arg: string) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)
