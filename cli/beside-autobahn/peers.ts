/** The real servers that both suites are played on: how each is made, started, and which version it is. */
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { TargetError } from '../../schemas/target.ts'
import { PACKAGE_ROOT } from '../installation.ts'
import { freePort } from '../target/free-port.ts'
import { startProcessGroup } from '../target/process-group.ts'
import { type Probe, untilReady } from '../target/readiness.ts'

export interface Peer {
  /** The libraries that speak WebSocket, as their lock file calls them; and that lock file, relative to Shakedown's root. */
  readonly libraries: readonly string[]
  readonly lock: string
  /** Commands that make it, each done in its own folder; they find nothing to do once it is made. */
  readonly make: (made: string) => readonly (readonly string[])[]
  readonly argv: (made: string, port: number) => readonly string[]
}

/** A peer that serves. */
export interface Serving {
  readonly url: string
  stop(): Promise<void>
}

const SOURCES = fileURLToPath(new URL('./peers/', import.meta.url))
const HERE = 'cli/beside-autobahn/peers'

const python = (made: string) => join(made, 'python', 'bin', 'python')

const makePython = (made: string) => [
  ['python3', '-m', 'venv', join(made, 'python')],
  [python(made), '-m', 'pip', 'install', '--quiet', '--requirement', join(SOURCES, 'python', 'requirements.txt')],
]

/** uvicorn with one of its WebSocket implementations, under limits that leave the cases room. */
const uvicorn = (implementation: string): Peer => ({
  libraries: ['uvicorn', implementation],
  lock: `${HERE}/python/requirements.txt`,
  make: makePython,
  argv: (made, port) => [
    ...[python(made), '-m', 'uvicorn', 'echo_asgi:app', '--app-dir', join(SOURCES, 'python')],
    ...['--ws', implementation, '--ws-max-size', String(32 * 1024 * 1024)],
    ...['--host', '127.0.0.1', '--port', String(port), '--log-level', 'critical', '--lifespan', 'off'],
  ],
})

const go = (program: string, library: string): Peer => ({
  libraries: [library],
  lock: `${HERE}/go/go.mod`,
  make: (made) => [['go', 'build', '-C', join(SOURCES, 'go'), '-o', join(made, program), `./${program}`]],
  argv: (made) => [join(made, program)],
})

export const PEERS = {
  ws: {
    libraries: ['ws'],
    lock: 'package.json',
    make: () => [],
    argv: () => [process.execPath, '--import', 'tsx', join(SOURCES, 'ws.ts')],
  },
  websockets: {
    libraries: ['websockets'],
    lock: `${HERE}/python/requirements.txt`,
    make: makePython,
    argv: (made) => [python(made), join(SOURCES, 'python', 'echo_websockets.py')],
  },
  'uvicorn-websockets': uvicorn('websockets'),
  'uvicorn-wsproto': uvicorn('wsproto'),
  gorilla: go('gorilla', 'github.com/gorilla/websocket'),
  coder: go('coder', 'github.com/coder/websocket'),
  tungstenite: {
    libraries: ['tungstenite'],
    lock: `${HERE}/rust/Cargo.toml`,
    make: (made) => [
      [
        ...['cargo', 'build', '--release', '--locked', '--quiet', '--target-dir', join(made, 'rust')],
        ...['--manifest-path', join(SOURCES, 'rust', 'Cargo.toml')],
      ],
    ],
    argv: (made) => [join(made, 'rust', 'release', 'peer-tungstenite')],
  },
} as const satisfies Readonly<Record<string, Peer>>

export type PeerName = keyof typeof PEERS
export const PEER_NAMES = Object.keys(PEERS) as readonly PeerName[]

/** The libraries with their versions, such as `ws 8.23.0`. */
export async function versionOf(name: PeerName): Promise<string> {
  const { libraries, lock } = PEERS[name]
  const text = await readFile(join(PACKAGE_ROOT, lock), 'utf8')
  const versions = libraries.map((library) => {
    const version = new RegExp(`${library}["\\s=:v]+([\\d.]+)`).exec(text)?.[1]
    if (version === undefined) throw new Error(`${lock} says no version of ${library}`)
    return `${library} ${version}`
  })
  return versions.join(', ')
}

/**
 * Makes the peer, the first time; later this takes a second or two.
 * @param made the folder of what is made, which is outside the checkout.
 * @throws TargetError where a tool that makes it is missing or fails.
 */
export async function makePeer(name: PeerName, made: string, signal: AbortSignal): Promise<void> {
  await mkdir(made, { recursive: true })
  for (const [program = '', ...args] of PEERS[name].make(made))
    await promisify(execFile)(program, args, { signal }).catch((error: Error & { readonly stderr?: string }) => {
      throw new TargetError(`${name} could not be made: ${error.stderr?.trim() || error.message}`)
    })
}

/** @throws TargetError where it does not get ready. */
export async function startPeer(name: PeerName, made: string, signal: AbortSignal): Promise<Serving> {
  const port = await freePort()
  const group = startProcessGroup(PEERS[name].argv(made, port), { ...process.env, PORT: String(port) })
  try {
    await untilReady(group, listens(name, port), signal)
  } catch (error) {
    await group.stop()
    throw error
  }
  return { url: `ws://127.0.0.1:${port}`, stop: group.stop }
}

/** No readiness path here: it is ready when it takes a TCP connection. */
function listens(who: string, port: number): Probe {
  const ask = () =>
    new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      socket.on('connect', () => resolve('a connection'))
      socket.on('connect', () => socket.destroy())
    })
  return { who, question: `a connect to 127.0.0.1:${port}`, rightAnswer: 'a connection', ask }
}
