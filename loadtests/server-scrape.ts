/** Fetches a server's `/metrics`, in a way that never holds up who asks. */
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { type MetricsReading, readMetrics } from './server-metrics.ts'

/** A server that takes longer is too busy to be asked, in ms; and that sends more is no server's metrics. */
const TIMEOUT_MS = 900
const LONGEST_BYTES = 4 * 1024 ** 2

/** Where the server at a WebSocket address tells its metrics. */
export function metricsAddress(url: string): URL {
  const address = new URL('/metrics', url)
  address.protocol = address.protocol === 'wss:' ? 'https:' : 'http:'
  return address
}

/** What the server tells; undefined where it does not answer in time, not with 200, or not with its metrics. */
export function scrape(address: URL): Promise<MetricsReading | undefined> {
  return new Promise((resolve) => {
    const get = address.protocol === 'https:' ? getSecure : getPlain
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const request = get(address, { agent: false, signal, rejectUnauthorized: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (text.length > LONGEST_BYTES) request.destroy()
      })
      response.once('end', () => resolve(response.statusCode === 200 ? toldIn(text) : undefined))
      response.once('close', () => resolve(undefined))
    })
    request.once('error', () => resolve(undefined))
  })
}

function toldIn(text: string): MetricsReading | undefined {
  const metrics = readMetrics(text)
  return Object.keys(metrics).length === 0 ? undefined : metrics
}
