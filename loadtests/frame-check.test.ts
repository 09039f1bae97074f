import t from 'tap'
import { FrameCheck } from './frame-check.ts'

t.test('frames that break the schema are counted, and told by their fault', async (t) => {
  const check = new FrameCheck()
  check.add(JSON.stringify({ type: 'ping', payload: {} }))
  t.equal(check.malformed, 0)
  check.add(JSON.stringify({ type: 'ping', payload: { extra: 1 } }))
  check.add(JSON.stringify({ type: 'user_message', ts: 'now', payload: {} }))
  check.add(JSON.stringify({ type: 'user_message', ts: 'now', payload: {} }))
  t.equal(check.malformed, 3)
  t.same([...check.troubles.values()], [1, 2])
  t.match([...check.troubles.keys()].join(), /malformed frame: \/payload has a field that chat.v1 does not know/)
})
