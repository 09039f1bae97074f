import t from 'tap'
import { progressOn } from './progress.ts'

function recorded(options: { quiet?: boolean; live?: boolean }) {
  const written: string[] = []
  const clock = { ms: 0 }
  const progress = progressOn({
    write: (text) => void written.push(text),
    quiet: options.quiet ?? false,
    live: options.live ?? false,
    columns: 10,
    now: () => clock.ms,
  })
  return { progress, written, clock }
}

t.test('a terminal has one live line, cut to its width, and lines that stay', async (t) => {
  const { progress, written } = recorded({ live: true })
  progress.update('1 of 20 cases')
  progress.say('done')
  progress.clear()
  t.strictSame(written, ['\r\u001b[K1 of 20 c', '\r\u001b[Kdone\n', '\r\u001b[K'])
})

t.test('a log gets whole lines, the first at once and the next after five seconds', async (t) => {
  const { progress, written, clock } = recorded({})
  progress.update('1 of 20 cases')
  clock.ms = 4999
  progress.update('2 of 20 cases')
  clock.ms = 5000
  progress.update('3 of 20 cases')
  progress.clear()
  t.strictSame(written, ['1 of 20 cases\n', '3 of 20 cases\n'])
})

t.test('quiet is quiet', async (t) => {
  const { progress, written } = recorded({ quiet: true, live: true })
  progress.say('started')
  progress.update('1 of 20 cases')
  progress.clear()
  t.strictSame(written, [])
})
