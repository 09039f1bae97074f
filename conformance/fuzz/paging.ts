/** What a page of history has to hold. */
import type { ClientMessage, OkPayloads } from '../../schemas/generated/chat.ts'
import type { Limits } from '../../schemas/generated/tables.ts'
import { Finding } from '../runner/case.ts'
import { type Room, same } from './room.ts'

type Asked = Extract<ClientMessage, { type: 'history' }>['payload']

/** As of now; the function that is returned judges the page that then comes. */
export function expectPage(room: Room, { before_seq, after_seq, limit }: Asked, limits: Limits) {
  const head = room.head
  const most = Math.min(limit ?? limits.history_max, limits.history_max)
  const forward = after_seq !== undefined
  const first = forward ? after_seq + 1 : 1
  const last = Math.min(head, before_seq === undefined ? head : before_seq - 1)
  const storedUntil = room.storedUntil(first, limits)
  return ({ room: name, epoch, head_seq, messages, has_more }: OkPayloads['history']): void => {
    same('room', name, room.name)
    room.hasEpoch(epoch)
    same(`head_seq of ${name}`, head_seq, head)
    const seqs = messages.map(({ payload }) => payload.seq)
    const [from = 0, to = 0] = [seqs[0], seqs.at(-1)]
    for (const message of messages) if (message.type === 'user_message') room.showed(message)
    const inOrder = seqs.every((seq, at) => seq === from + at)
    if (!inOrder || seqs.length > most || (seqs.length > 0 && (from < first || to > last)))
      throw new Finding(`at most ${most} messages of ${first} to ${last}, contiguous and ascending`, String(seqs))
    if (messages.some(({ payload }) => 'replay' in payload)) throw new Finding('no replay: true in history', 'one')
    const isWhole = performance.now() < storedUntil
    if (!isWhole || last < first) return
    same('the end of the page that is next to the cursor', forward ? from : to, forward ? first : last)
    same('has_more', has_more, forward ? to < last : from > first)
    // A page that would not fit into a frame is shorter.
    const isFull = seqs.length === Math.min(most, last - first + 1)
    if (!isFull && JSON.stringify(messages).length < limits.max_server_frame_bytes / 4)
      throw new Finding(`${Math.min(most, last - first + 1)} messages`, String(seqs.length))
  }
}
