/** Command lines as text that a shell reads back as it was, without their secrets. */

/** What stands in a result file in place of a secret: the shell of whoever repeats the run fills it in. */
const REDACTED: Readonly<Record<string, string>> = {
  '--jwt-secret': '"$CHAT_JWT_SECRET"',
  '--control-token': '"$CHAT_CONTROL_TOKEN"',
}

/** Characters that every shell takes literally. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/

/** @param args arguments of `shakedown`, without the program itself. */
export function commandLine(args: readonly string[]): string {
  return ['npx', 'shakedown', ...args.map((arg, index) => redacted(arg, args[index - 1]) ?? quoted(arg))].join(' ')
}

/** The argument with its secret taken out; undefined where it holds none. */
function redacted(arg: string, previous = ''): string | undefined {
  if (Object.hasOwn(REDACTED, previous)) return REDACTED[previous]
  const [flag = '', value] = arg.split('=', 2)
  return value !== undefined && Object.hasOwn(REDACTED, flag) ? `${flag}=${REDACTED[flag]}` : undefined
}

const quoted = (arg: string) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)
