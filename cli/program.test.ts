import t from 'tap'
import { buildProgram } from './program.ts'

t.test('an empty value, such as an unset shell variable leaves, is refused with the name of its flag', async (t) => {
  const url = ['--url', 'ws://127.0.0.1:1/ws']
  const rows: [string, string[]][] = [
    ['--only', ['conform', '--only', '']],
    ['--only', ['conform', '--only', 'auth', '--only=']],
    ['--jwt-secret', ['conform', ...url, '--jwt-secret', '']],
    ['--token-command', ['load', 'quick', ...url, '--token-command', '']],
    ['--exec', ['load', 'quick', '--exec', '']],
    ['--report', ['report', 'result.json', '--report', '']],
    ['--sub', ['token', '--sub', '']],
    ['--limits', ['serve', '--limits', '']],
  ]
  for (const [flag, args] of rows) {
    const parsing = buildProgram(() => t.fail('it ran')).parseAsync(args, { from: 'user' })
    await t.rejects(parsing, { name: 'UsageError', message: `${flag} is empty; give it a value` }, args.join(' '))
  }
})
