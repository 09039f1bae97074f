import t from 'tap'
import { parseFrame } from './framing.ts'

const MAX_DEPTH = 3

t.test('what is a message, and what ends the connection', async (t) => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['an object with a type', '{"type":"ping"}', true],
    ['white space around it', ' {"type":"ping"}\n', true],
    ['exactly the maximum depth', '{"type":"a","x":[[1]]}', true],
    ['one deeper', '{"type":"a","x":[[[]]]}', false],
    ['brackets inside a string', '{"type":"a","x":"[[[[\\"[[["}', true],
    ['a depth that a later key hides', '{"type":"a","x":[[[]]],"x":1}', false],
    ['closed and opened again', '{"type":"a","x":[[1],[1],[1]]}', true],
    ['a depth that would overflow a stack', `{"type":"a","x":${'['.repeat(60_000)}`, false],
    ['nothing', '', false],
    ['broken off', '{"type":"ping"', false],
    ['NaN', '{"type":"ping","x":NaN}', false],
    ['Infinity', '{"type":"ping","x":-Infinity}', false],
    ['a number over a double', '{"type":"ping","x":{"y":1e400}}', false],
    ['the largest double', '{"type":"ping","x":1.7976931348623157e308}', true],
    ['an array', '[{"type":"ping"}]', false],
    ['null', 'null', false],
    ['a string', '"ping"', false],
    ['no type', '{"id":"1"}', false],
    ['a type that is no string', '{"type":1}', false],
    ['a type by __proto__ only', '{"__proto__":{"type":"ping"}}', false],
  ]
  for (const [name, text, expected] of rows) t.equal(parseFrame(text, MAX_DEPTH).ok, expected, name)
})

t.test('of two equal keys the last wins', async (t) => {
  t.match(parseFrame('{"type":"first","type":"last"}', MAX_DEPTH), { ok: true, envelope: { type: 'last' } })
})
