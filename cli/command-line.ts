/** Command lines as text that a shell reads back as it was, without their secrets. */
import { maskUrls } from './masked-urls.ts'

/** What stands in a result file in place of a secret: the shell of whoever repeats the run fills it in. */
const REDACTED: Readonly<Record<string, string>> = {
  '--jwt-secret': '"$CHAT_JWT_SECRET"',
  '--token-command': '"$TOKEN_COMMAND"',
  '--control-token': '"$CHAT_CONTROL_TOKEN"',
}

/** A secret comes in the environment where it can, for every user of a machine may read its command lines. */
const BY_ENVIRONMENT = 'CHAT_JWT_SECRET="$CHAT_JWT_SECRET"'

/** What says how tokens are signed, so that CHAT_JWT_SECRET does not. */
const OTHER_WAYS = ['--target', '--jwt-key', '--token-command']

/** Characters that every shell takes literally. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/

/**
 * @param given arguments of `shakedown`, without the program itself.
 * @param env where the secret comes from that no argument names.
 */
export function commandLine(given: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const args = given.flatMap(apart)
  const has = (flag: string) => args.includes(flag)
  const signs = has('--jwt-secret') || (has('--url') && Boolean(env.CHAT_JWT_SECRET))
  const byEnvironment = signs && !OTHER_WAYS.some(has)
  const kept = byEnvironment ? without('--jwt-secret', args) : args
  const words = kept.map((arg, index) => REDACTED[kept[index - 1] ?? ''] ?? quoted(maskUrls(arg)))
  return [...(byEnvironment ? [BY_ENVIRONMENT] : []), 'npx', 'shakedown', ...words].join(' ')
}

/** `--flag=secret` as the two words that it means. */
function apart(arg: string): readonly string[] {
  const flag = arg.slice(0, Math.max(0, arg.indexOf('=')))
  return Object.hasOwn(REDACTED, flag) ? [flag, arg.slice(flag.length + 1)] : [arg]
}

const without = (flag: string, args: readonly string[]) =>
  args.filter((arg, index) => arg !== flag && args[index - 1] !== flag)

const quoted = (arg: string) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)
