/**
 * The referee's own process, which shares an event loop neither with k6 nor with the coordinator: receivers on plain
 * WebSockets that take the same messages as the subscribers of the run. It reads them in its own way: whole, as JSON,
 * where the VUs of k6 search. `referee.ts` starts it and says what it is to do.
 */
import process from 'node:process'
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import WebSocket from 'ws'
import type { FromReferee, RefereeSeat, ToReferee } from './referee.ts'

/** Enough ticks of 1 ms that a pause of the garbage collector spoils only some of them. */
const TICKS = 10

const histogram = build({ lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3, autoResize: true })
let zero = 0
let open = 0

/** Wall clock, in ms since 1970 with their fraction, at which `performance.now()` was 0: `Date.now()` tells whole ms. */
const wallAtStart = (() => {
  let found = Number.NEGATIVE_INFINITY
  for (let tick = 0; tick < TICKS; tick++) {
    const before = Date.now()
    let wall = before
    while (wall === before) wall = Date.now()
    // The reading can only come too late after the tick, so the greatest difference is the nearest to the truth.
    found = Math.max(found, wall - performance.now())
  }
  return found
})()

const tell = (message: FromReferee) => process.send?.(message)

function receive(seat: RefereeSeat, origin: string | undefined): void {
  const headers = { Authorization: `Bearer ${seat.token}`, ...(origin === undefined ? {} : { Origin: origin }) }
  const socket = new WebSocket(seat.url, 'chat.v1', { headers, perMessageDeflate: false })
  const command = (type: string, payload: object) => socket.send(JSON.stringify({ type, id: type, payload }))
  const seen = new Set<string>()
  socket.on('open', () => command('hello', { client: { name: 'shakedown-referee', version: '1' } }))
  socket.on('message', (data) => {
    const arrivedAt = wallAtStart + performance.now() - zero
    const { type, reply_to, payload } = JSON.parse(String(data))
    if (type === 'user_message') count(payload.text, arrivedAt, seen)
    else if (type === 'welcome') command('subscribe', { room: seat.room })
    else if (type === 'ping') socket.send(JSON.stringify({ type: 'pong', payload }))
    else if (type === 'ok' && reply_to === 'subscribe') tell({ type: 'receives', receivers: ++open })
  })
  // A receiver that is gone has counted less, which the count of its deliveries tells.
  socket.on('error', () => {})
}

/** The text of ours is `shakedown PUBLISHER NUMBER DUE …`, with the intended send time in µs of the run's clock. */
function count(text: string, arrivedAt: number, seen: Set<string>): void {
  const [word, publisher, number, due] = text.split(' ', 4)
  const message = `${publisher} ${number}`
  if (word !== 'shakedown' || seen.has(message)) return
  seen.add(message)
  histogram.recordValue(Math.max(0, Math.round(arrivedAt * 1000) - Number(due)))
}

process.on('message', (message: ToReferee) => {
  if (message.type === 'finish') {
    // What has reached the sockets by now still counts.
    setTimeout(() => tell({ type: 'counted', histogram: encodeIntoCompressedBase64(histogram) }), 0)
    return
  }
  zero = message.zero
  for (const seat of message.seats)
    setTimeout(() => receive(seat, message.origin), message.rampAt + seat.connect_ms - Date.now())
})
// Whoever asked is gone: nobody is there to count for.
process.on('disconnect', () => process.exit())
tell({ type: 'here' })
