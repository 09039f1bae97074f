/** k6 as a child process: started with nothing but what it needs, and never left behind. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Engine {
  readonly pid: number | undefined
  /** Resolves when it has ended, to how it ended and what it says of it, in one sentence. */
  readonly ended: Promise<string>
  /** Ends it at once, and resolves when it is gone. */
  kill(): Promise<void>
}

export interface EngineOptions {
  /** Of the k6 binary. */
  readonly path: string
  /** Of the folder of scenarios, without its ending. */
  readonly script: string
  readonly coordinator: string
  readonly vus: number
  /** Its place among the engines of the run, from 0. */
  readonly shard: number
  /** The source address of its connections, where it is not to be the usual one. */
  readonly localIp?: string | undefined
  /** Up to which it need not be thrifty; undefined where nobody knows. */
  readonly memory_bytes?: number | undefined
  /** After which k6 ends the run by itself. */
  readonly maxSeconds: number
}

/** Enough of its output to say why it ended, and so much of that as a reader takes in. */
const OUTPUT_KEPT = 4096
const CAUSE_LENGTH = 200
const PROCESSORS_PER_VU = 4

export function startEngine({ path, script, coordinator, maxSeconds, ...own }: EngineOptions): Engine {
  const file = fileURLToPath(new URL(`./scenarios/${script}.ts`, import.meta.url))
  const source = own.localIp === undefined ? [] : ['--local-ips', own.localIp]
  const child = spawn(path, ['run', '--no-usage-report', '--quiet', '--no-color', '--address', '', ...source, file], {
    // A group of its own: Ctrl-C on the terminal is for us, who then ask the VUs for their records.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A bare environment: a K6_… variable or a configuration file of the user would change what is played. The address
    // of the coordinator is a secret, which a command line would show to every user of the machine.
    env: {
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      // An event loop that is busy keeps a processor of Go's to itself: who reads the frames meanwhile needs another.
      GOMAXPROCS: String(PROCESSORS_PER_VU * own.vus),
      ...collectorOf(own.memory_bytes),
      SHAKEDOWN_COORDINATOR: coordinator,
      SHAKEDOWN_VUS: String(own.vus),
      SHAKEDOWN_SHARD: String(own.shard),
      SHAKEDOWN_MAX_SECONDS: String(Math.ceil(maxSeconds)),
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-OUTPUT_KEPT)
    })
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) =>
      resolve([`k6 ended with ${signal ?? `exit code ${code}`}`, causeIn(output)].filter(Boolean).join(': ')),
    )
  })
  return {
    pid: child.pid,
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/**
 * Go's collector starts when the heap has doubled, and takes a quarter of the processors while thousands of sockets
 * connect. Where there is memory, let the heap grow to five times its size instead; near the limit Go collects as it must.
 */
function collectorOf(memory_bytes: number | undefined): Readonly<Record<string, string>> {
  return memory_bytes === undefined ? {} : { GOGC: '400', GOMEMLIMIT: String(memory_bytes) }
}

/** What k6 ended of, in one line: the first error of its log (logfmt), or its last words; empty where it said nothing. */
export function causeIn(output: string): string {
  const logged = /level=(?:error|fatal) msg="((?:[^"\\]|\\.)*)"/.exec(output)?.[1]
  const [line = ''] = logged === undefined ? output.trim().split('\n').slice(-1) : logged.split('\\n')
  return line.replaceAll('\\"', '"').trim().slice(0, CAUSE_LENGTH)
}
