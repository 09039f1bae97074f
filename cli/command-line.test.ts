import t from 'tap'
import { commandLine } from './command-line.ts'

t.test('a command line reads back as it was, without its secrets', async (t) => {
  const rows: [string, string[], string][] = [
    ['plain arguments', ['conform', '--only', 'auth/late'], 'npx shakedown conform --only auth/late'],
    ['spaces and quotes', ['--exec', "echo 'a b'"], `npx shakedown --exec 'echo '\\''a b'\\'''`],
    ['a secret', ['--jwt-secret', 's3cret', '--quiet'], 'npx shakedown --jwt-secret "$CHAT_JWT_SECRET" --quiet'],
    ['a secret behind =', ['--jwt-secret=s3cret'], 'npx shakedown --jwt-secret="$CHAT_JWT_SECRET"'],
    ['a token', ['--control-token', 't0ken'], 'npx shakedown --control-token "$CHAT_CONTROL_TOKEN"'],
    ['an empty argument', ['--only', ''], "npx shakedown --only ''"],
  ]
  for (const [sentence, args, expected] of rows) t.equal(commandLine(args), expected, sentence)
})
