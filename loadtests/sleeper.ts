/** A subscriber that stops reading: k6 cannot, for its sockets are read whether a script wants it or not. */
import { WebSocket } from 'ws'
import type { ServerMessage } from '../schemas/generated/chat.ts'

export interface SleeperOptions {
  readonly url: string
  readonly token: string
  readonly origin?: string | undefined
  readonly room: string
}

/** How a sleeper found its connection when it woke. */
export interface Awakening {
  /** The close code, 1006 where it was aborted; undefined where it is still open. */
  readonly code?: number
  /** Messages that it read in all. */
  readonly read: number
  /** The first seq that was not the next, and what it should have been. */
  readonly gap?: { readonly seq: number; readonly next: number }
}

export interface Sleeper {
  /** Stops reading, and goes on sending a pong now and then. */
  sleep(): void
  /** Reads what is there until the connection ends, or for as long as that may take. */
  wake(): Promise<Awakening>
}

/** For a sleeper to be subscribed; no longer than a run waits for what goes on beside it. */
const SUBSCRIBED_MS = 5000
const PONG_MS = 1000
const PONG = JSON.stringify({ type: 'pong', payload: {} })
/** A server that closed while nobody read has nothing left to do. */
const WAKE_MS = 2000

/**
 * Connects and subscribes.
 * @throws Error that says what the server answered instead.
 */
export async function openSleeper({ url, token, origin, room }: SleeperOptions): Promise<Sleeper> {
  const headers = { authorization: `Bearer ${token}` }
  const options = { headers, perMessageDeflate: false, ...(origin === undefined ? {} : { origin }) }
  const socket = new WebSocket(url, 'chat.v1', options)
  const state: { code?: number; read: number; next: number; gap?: Awakening['gap'] & {} } = { read: 0, next: 1 }
  let pongs: ReturnType<typeof setInterval> | undefined
  const send = (type: string, payload: object) => socket.send(JSON.stringify({ type, id: type, payload }))
  socket.once('open', () => send('hello', { client: { name: 'shakedown', version: '1' } }))
  const closed = new Promise<void>((resolve) => {
    socket.once('close', (code) => {
      state.code = code
      clearInterval(pongs)
      resolve()
    })
  })

  let overdue: ReturnType<typeof setTimeout> | undefined
  const subscribed = new Promise<void>((resolve, reject) => {
    overdue = setTimeout(() => {
      reject(new Error(`a sleeper was not subscribed within ${SUBSCRIBED_MS} ms`))
      socket.terminate()
    }, SUBSCRIBED_MS)
    socket.on('error', reject)
    socket.once('close', (code) => reject(new Error(`a sleeper was closed with ${code} before it had subscribed`)))
    socket.on('message', (data) => {
      const message: ServerMessage = JSON.parse(String(data))
      if (message.type === 'ping') return socket.send(PONG)
      if (message.type === 'welcome') return send('subscribe', { room })
      if (message.type === 'error') return reject(new Error(`a sleeper was told ${message.payload.code}`))
      if (message.type === 'ok') {
        state.next = (message.payload as { head_seq: number }).head_seq + 1
        return resolve()
      }
      if (message.type !== 'user_message') return
      const { seq } = message.payload
      state.read++
      if (seq !== state.next) state.gap ??= { seq, next: state.next }
      state.next = seq + 1
    })
  })
  await subscribed.finally(() => clearTimeout(overdue))
  return {
    sleep() {
      socket.pause()
      pongs = setInterval(() => socket.send(PONG, () => {}), PONG_MS)
    },
    async wake() {
      socket.resume()
      let giveUp: ReturnType<typeof setTimeout> | undefined
      const patience = new Promise<void>((resolve) => {
        giveUp = setTimeout(resolve, WAKE_MS)
      })
      await Promise.race([closed, patience])
      clearTimeout(giveUp)
      clearInterval(pongs)
      const { code, read, gap } = state
      socket.terminate()
      return { read, ...(code === undefined ? {} : { code }), ...(gap === undefined ? {} : { gap }) }
    },
  }
}
