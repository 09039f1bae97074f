/** A server that somebody else started, once it is known to be there. */
import { randomBytes } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { type Target, TargetError } from '../../schemas/target.ts'
import { maskUrls } from '../masked-urls.ts'
import { minterFor } from './mint.ts'
import type { TargetChoice } from './options.ts'

const ANSWER_WITHIN_MS = 5000

/** @throws TargetError naming the address, where nothing answers an HTTP upgrade there. */
export async function found(choice: Extract<TargetChoice, { kind: 'url' }>, signal: AbortSignal): Promise<Target> {
  const { urls, credential, controlToken, origin, name, capabilities } = choice
  const mint = credential && minterFor(credential)
  await Promise.all(urls.map((url) => reach(url, origin, signal)))
  return {
    description: { kind: 'url', urls: urls.map(maskUrls), ...(name === undefined ? {} : { name }) },
    urls,
    ...(origin === undefined ? {} : { origin }),
    ...(controlToken === undefined ? {} : { controlToken }),
    ...(capabilities === undefined ? {} : { capabilities }),
    async mint(claims, header) {
      if (mint === undefined) throw new TargetError('no way to mint tokens was given')
      return mint(claims, header)
    },
    output: () => undefined,
    stop: async () => {},
  }
}

/** Any HTTP answer to an upgrade will do, a refusal too: what it should have been is for the cases to say. */
function reach(address: string, origin: string | undefined, signal: AbortSignal): Promise<void> {
  const url = new URL(address.replace(/^ws/, 'http'))
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...(origin === undefined ? {} : { Origin: origin }),
  }
  return new Promise((resolve, reject) => {
    const unreachable = (why: string) => reject(new TargetError(`no server answers at ${maskUrls(address)}: ${why}`))
    const attempt = request(url, { headers, agent: false, signal })
    attempt.setTimeout(ANSWER_WITHIN_MS, () => {
      unreachable(`it said nothing within ${ANSWER_WITHIN_MS / 1000} s`)
      attempt.destroy()
    })
    attempt.on('upgrade', (_response, socket) => {
      socket.on('error', () => {}).destroy()
      resolve()
    })
    attempt.on('response', (response) => {
      response.destroy()
      resolve()
    })
    attempt.on('error', (error: NodeJS.ErrnoException) =>
      signal.aborted ? reject(signal.reason) : unreachable(error.message || error.code || 'the connection failed'),
    )
    attempt.end()
  })
}
