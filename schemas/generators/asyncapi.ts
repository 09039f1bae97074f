/** An AsyncAPI 3 document of chat.v1: one channel, every message, and the tables of codes and limits. */
import { readFile } from 'node:fs/promises'

interface MessageSchema {
  readonly title: string
  readonly description: string
}
interface Root {
  readonly oneOf: readonly { readonly $ref: string }[]
}
interface Message extends MessageSchema {
  /** Of the schema, relative to the folder of chat.v1. */
  readonly file: string
}

const json = async (url: URL) => JSON.parse(await readFile(url, 'utf8'))
const channel = { $ref: '#/channels/chat' }
const named = (title: string) => ({ $ref: `#/channels/chat/messages/${title}` })

/** What answers the commands that `ok` does not answer; null where nothing does. */
const ANSWERS: Readonly<Record<string, string | null>> = { Hello: 'Welcome', Ping: 'ServerPong', Pong: null }

async function messagesOf(directory: URL, root: string): Promise<Message[]> {
  const { oneOf }: Root = await json(new URL(root, directory))
  return Promise.all(
    oneOf.map(async ({ $ref: file }) => {
      const { title, description }: MessageSchema = await json(new URL(file, directory))
      return { file, title, description }
    }),
  )
}

/** A message of the channel; `correlation` is the field that an answer shares with its command. */
function messageOf({ file, title, description }: Message, prefix: string, correlation: 'command' | 'answer') {
  return {
    name: file.replace(/^.*\/|\.json$/g, ''),
    title,
    summary: description,
    contentType: 'application/json',
    correlationId: { $ref: `#/components/correlationIds/${correlation}` },
    payload: { $ref: prefix + file },
  }
}

/** The server receives commands; an error may answer every one that is answered. */
function receiveOf({ title, description }: Message) {
  const answer = ANSWERS[title] === undefined ? 'Ok' : ANSWERS[title]
  const reply = answer && { reply: { channel, messages: [named(answer), named('ErrorMessage')] } }
  return { action: 'receive', channel, summary: description, messages: [named(title)], ...reply }
}

function sendOf({ title, description }: Message) {
  return { action: 'send', channel, summary: description, messages: [named(title)] }
}

/**
 * The text of the document, JSON.
 *
 * @param directory the folder of chat.v1
 * @param prefix what leads from the document to that folder
 */
export async function asyncapiOf(directory: URL, prefix: string): Promise<string> {
  const commands = await messagesOf(directory, 'client.json')
  const events = await messagesOf(directory, 'server.json')
  const { ranges, codes, standard } = await json(new URL('close-codes.json', directory))
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'chat.v1',
      version: '1.0.0',
      description:
        'Chat over one WebSocket, seen from the server. The rules that no schema can say are in PROTOCOL.md.',
    },
    defaultContentType: 'application/json',
    channels: {
      chat: {
        address: '/ws',
        description: 'A WebSocket with the subprotocol chat.v1; each message is one text message.',
        messages: Object.fromEntries([
          ...commands.map((one) => [one.title, messageOf(one, prefix, 'command')]),
          ...events.map((one) => [one.title, messageOf(one, prefix, 'answer')]),
        ]),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: Object.fromEntries([
      ...commands.map((one) => [`receive${one.title}`, receiveOf(one)]),
      ...events.map((one) => [`send${one.title}`, sendOf(one)]),
    ]),
    components: {
      correlationIds: {
        command: { description: 'Chosen by the client.', location: '$message.payload#/id' },
        answer: { description: 'The id of the command that is answered.', location: '$message.payload#/reply_to' },
      },
    },
    'x-ok-payloads': { $ref: `${prefix}ok.json` },
    'x-error-codes': await json(new URL('error-codes.json', directory)),
    'x-close-codes': codes,
    'x-close-ranges': ranges,
    'x-standard-close-codes': standard,
    'x-limits': await json(new URL('profiles.json', directory)),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
