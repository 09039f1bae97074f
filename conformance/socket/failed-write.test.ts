import { once } from 'node:events'
import type net from 'node:net'
import { Duplex } from 'node:stream'
import t from 'tap'
import { surviveFailedWrites } from './failed-write.ts'

/** A socket whose peer has hung up: every write fails, and one thing that the peer said is still to be read. */
function hungUp(): net.Socket {
  const failing = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(new Error('EPIPE')),
    writev: (_chunks, done) => done(new Error('EPIPE')),
  })
  return failing as net.Socket
}

t.test('after a failed write, what the peer said last can still be read', async (t) => {
  const socket = hungUp()
  let failures = 0
  surviveFailedWrites(socket, () => {
    failures += 1
  })
  await new Promise<void>((resolve) => socket.write('one', () => resolve()))
  socket.cork()
  socket.write('two')
  socket.write('three')
  socket.uncork()
  socket.push('last words')
  const [octets] = await once(socket, 'data')
  t.equal(String(octets), 'last words')
  t.equal(failures, 2)
  t.equal(socket.destroyed, false)
})

t.test('without that, a failed write destroys the socket', async (t) => {
  const socket = hungUp()
  socket.write('one')
  await t.rejects(once(socket, 'data'), { message: 'EPIPE' })
  t.equal(socket.destroyed, true)
})
