/** Frames that break RFC 6455, or that keep it in a way that is seldom seen, and what may become of each. */
import type { Connection } from '../socket/connection.ts'
import { encodeFrame, OPCODE } from '../socket/frame.ts'
import type { Outcome } from './reading.ts'

const octets = (...values: number[]) => Buffer.from(values)
/** A masked frame with this first octet; the key is zero, so that its content can be read. */
const frame = (first: number, payload: Buffer) =>
  Buffer.concat([octets(first, 0x80 | payload.length, 0, 0, 0, 0), payload])

interface Fault {
  /** `pong` is that to the ping whose id is given. */
  readonly outcomes: readonly Outcome[]
  /** Sends it. The text is that of a ping. */
  readonly send: (connection: Connection, ping: string) => unknown
}

const breach = (send: Fault['send']): Fault => ({ outcomes: ['end'], send })
const raw = (bytes: (ping: Buffer) => Buffer): Fault =>
  breach((connection, ping) => connection.write(bytes(Buffer.from(ping))))

const FAULTS = {
  'binary message': {
    outcomes: ['close 1003'],
    send: (connection, ping) => connection.send({ opcode: OPCODE.binary, payload: Buffer.from(ping) }),
  },
  'text that is not UTF-8': breach((connection, ping) => {
    const payload = Buffer.from(ping.replace('{}', '{"nonce":"\u00c3("}'), 'latin1')
    return connection.send({ opcode: OPCODE.text, payload })
  }),
  'RSV1 without an extension': raw((ping) => frame(0xc1, ping)),
  RSV2: raw((ping) => frame(0xa1, ping)),
  RSV3: raw((ping) => frame(0x91, ping)),
  'opcode 3': raw((ping) => frame(0x83, ping)),
  'opcode 15': raw((ping) => frame(0x8f, ping)),
  'no mask': breach((connection, ping) =>
    connection.send({ opcode: OPCODE.text, payload: Buffer.from(ping), mask: null }),
  ),
  'continuation of nothing': raw((ping) => frame(0x80, ping)),
  'text within a text': raw((ping) => Buffer.concat([frame(0x01, ping), frame(0x81, ping)])),
  'ping in fragments': raw(() => frame(0x09, octets(1))),
  'ping of 126 octets': breach((connection) => connection.send({ opcode: OPCODE.ping, payload: Buffer.alloc(126) })),
  'close of one octet': raw(() => frame(0x88, octets(3))),
  'close 1005': raw(() => frame(0x88, octets(0x03, 0xed))),
  'length with the top bit set': breach((connection) =>
    connection.write(octets(0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
  ),
  garbage: breach((connection) => connection.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))),
  'octet by octet': {
    outcomes: ['pong'],
    send: (connection, ping) =>
      [...encodeFrame({ opcode: OPCODE.text, payload: Buffer.from(ping) })].map((octet) =>
        connection.write(octets(octet)),
      ),
  },
  'a few fragments': {
    outcomes: ['pong'],
    send: (connection, ping) => fragments(connection, [...(ping.match(/.{1,7}/gsu) ?? [])]),
  },
  'empty fragments': {
    outcomes: ['pong', 'end'],
    send: (connection, ping) => fragments(connection, ['', ...Array.from({ length: 500 }, () => ''), ping]),
  },
  'pings between fragments': {
    outcomes: ['pong'],
    send: (connection, ping) => fragments(connection, [ping.slice(0, 9), ping.slice(9)], true),
  },
} satisfies Record<string, Fault>

export type WireFault = keyof typeof FAULTS
export const WIRE_FAULTS = Object.keys(FAULTS) as WireFault[]

export const faultOf = (name: WireFault): Fault => FAULTS[name]

function fragments(connection: Connection, parts: readonly string[], withPings = false): void {
  parts.forEach((part, at) => {
    void connection.send({
      opcode: at === 0 ? OPCODE.text : OPCODE.continuation,
      fin: at === parts.length - 1,
      payload: Buffer.from(part),
    })
    if (withPings) void connection.ping('between')
  })
}
