import t from 'tap'
import { commandLine } from './command-line.ts'

t.test('a command line reads back as it was, without its secrets', async (t) => {
  const rows: [string, string[], string][] = [
    ['plain arguments', ['conform', '--only', 'auth/late'], 'npx shakedown conform --only auth/late'],
    ['spaces and quotes', ['--exec', "echo 'a b'"], `npx shakedown --exec 'echo '\\''a b'\\'''`],
    [
      'a secret, which every user of the machine could read there',
      ['--jwt-secret', 's3cret', '--quiet'],
      'CHAT_JWT_SECRET="$CHAT_JWT_SECRET" npx shakedown --quiet',
    ],
    ['a secret behind =', ['--jwt-secret=s3=t'], 'CHAT_JWT_SECRET="$CHAT_JWT_SECRET" npx shakedown'],
    [
      'a secret over that of a file, where the environment would lie beneath',
      ['--target', 'a.json', '--jwt-secret', 's3cret'],
      'npx shakedown --target a.json --jwt-secret "$CHAT_JWT_SECRET"',
    ],
    ['a token', ['--control-token', 't0ken'], 'npx shakedown --control-token "$CHAT_CONTROL_TOKEN"'],
    ['a token command', ['--token-command=mint --key s3cret'], 'npx shakedown --token-command "$TOKEN_COMMAND"'],
    [
      'values of a query, and a password',
      ['--url=ws://me:s3cret@a.test/ws?key=s3cret&v=', '--origin', 'https://a.test'],
      "npx shakedown '--url=ws://***@a.test/ws?key=***&v=' --origin https://a.test",
    ],
    [
      'an address within another argument',
      ['--exec', 'serve --db postgres://me:s3cret@db/chat'],
      "npx shakedown --exec 'serve --db postgres://***@db/chat'",
    ],
    ['an empty argument', ['--only', ''], "npx shakedown --only ''"],
  ]
  for (const [sentence, args, expected] of rows) t.equal(commandLine(args, {}), expected, sentence)
})

t.test('a secret that came in the environment is named, where it is what signs', async (t) => {
  const env = { CHAT_JWT_SECRET: 's3cret' }
  const url = ['--url', 'ws://a.test/ws']
  t.equal(commandLine(url, env), 'CHAT_JWT_SECRET="$CHAT_JWT_SECRET" npx shakedown --url ws://a.test/ws')
  t.equal(commandLine([...url, '--jwt-key', 'k.pem'], env), 'npx shakedown --url ws://a.test/ws --jwt-key k.pem')
  t.equal(commandLine(['--exec', 'serve'], env), 'npx shakedown --exec serve')
})
