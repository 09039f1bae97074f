/** An echo server on ws, under its default number of fragments a message. */
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.env.PORT),
  maxPayload: 32 * 1024 * 1024,
  perMessageDeflate: { threshold: 0 },
})
server.on('connection', (socket) => {
  socket.on('error', () => {})
  socket.on('message', (data, binary) => socket.send(data, { binary }))
})
