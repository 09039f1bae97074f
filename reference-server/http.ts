/** What is asked over plain HTTP: health, metrics and control. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { type Controlled, control, isControl } from './control.ts'
import { PATH } from './handshake.ts'
import { Unavailable } from './unavailable.ts'

export interface Asked extends Controlled {
  /** Undefined: there are no control paths. */
  readonly controlToken: string | undefined
  /** False while draining, or without the broker. */
  isReady(): boolean
  metrics(): string
}

const CONTROL = '/control/'
const LONGEST_BODY_BYTES = 65_536

/** Never rejects. */
export async function answer(node: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?')[0] ?? ''
  try {
    if (path.startsWith(CONTROL)) return await answerControl(node, path.slice(CONTROL.length), request, response)
    const status = statusOf(path, request, node)
    const isMetrics = path === '/metrics' && status === 200
    response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.end(isMetrics ? node.metrics() : `${STATUS_CODES[status]}\n`)
  } catch (error) {
    node.world.log({ event: 'failure', path, message: (error as Error).message })
    if (error instanceof Unavailable) response.writeHead(503, { 'retry-after': '1' }).end()
    else response.destroy()
  }
}

function statusOf(path: string, { method }: IncomingMessage, node: Asked): number {
  if (path === PATH) return 426
  if (!['/healthz', '/readyz', '/metrics'].includes(path)) return 404
  if (method !== 'GET' && method !== 'HEAD') return 405
  return path === '/readyz' && !node.isReady() ? 503 : 200
}

/** "Without `CHAT_CONTROL_TOKEN` the paths under `/control/` are answered with 404." */
async function answerControl(node: Asked, command: string, request: IncomingMessage, response: ServerResponse) {
  const { controlToken } = node
  const reply = (status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  }
  const text = await readBody(request)
  if (controlToken === undefined) return reply(404, { error: 'there are no control paths' })
  if (!isBearer(request, controlToken)) return reply(401, { error: 'the control token is missing or wrong' })
  if (!isControl(command)) return reply(404, { error: 'there is no such control path' })
  if (request.method !== 'POST') return reply(405, { error: 'control paths are asked by POST' })
  if (text === undefined) return reply(400, { error: `the body is longer than ${LONGEST_BODY_BYTES} bytes` })
  const { status, body } = await control(node, command, text)
  node.world.log({ event: 'control', command, status })
  reply(status, body)
}

/** Compares digests, whose comparison takes the same time wherever they differ. */
function isBearer({ headers }: IncomingMessage, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const given = /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

/** Undefined where it is too long; the rest is read and forgotten. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= LONGEST_BODY_BYTES) chunks.push(chunk)
  }
  return bytes <= LONGEST_BODY_BYTES ? Buffer.concat(chunks).toString() : undefined
}
