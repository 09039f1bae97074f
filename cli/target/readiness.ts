/** Waits until a process that was started here serves, or says why it does not. */
import { get } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { TargetError } from '../../schemas/target.ts'
import type { ProcessGroup } from './process-group.ts'

const READY_WITHIN_MS = 30_000

/** How long one question waits for its answer. */
const ANSWER_WITHIN_MS = 2000

/** How many lines of a failed process's output an error shows. */
const LAST_LINES = 20

/** What is asked again and again, until the answer is the right one. */
export interface Probe {
  /** Who is asked, as the subject of a sentence. */
  readonly who: string
  /** What is asked, as the subject of a sentence. */
  readonly question: string
  readonly rightAnswer: string
  /** Any answer, or the code of the error in its place; never rejects. */
  ask(signal: AbortSignal): Promise<string>
}

/** "It is ready when `GET /readyz` answers 200." */
export function readyz(port: number): Probe {
  const question = `http://127.0.0.1:${port}/readyz`
  return { who: 'the server', question, rightAnswer: '200', ask: (signal) => statusOf(question, signal) }
}

/** A Redis that takes commands answers `PING` with `+PONG`. */
export function ping(port: number): Probe {
  const question = `PING to 127.0.0.1:${port}`
  return { who: 'redis-server', question, rightAnswer: '+PONG', ask: (signal) => firstLineOf(port, 'PING', signal) }
}

/**
 * @throws TargetError with the last output, where the process ends or does not answer rightly within 30 s;
 * the signal's reason, where that aborts.
 */
export async function untilReady(group: ProcessGroup, probe: Probe, signal: AbortSignal): Promise<void> {
  const { who, question, rightAnswer } = probe
  const over = new AbortController()
  const deadline = AbortSignal.timeout(READY_WITHIN_MS)
  const polling = AbortSignal.any([signal, deadline, over.signal])
  let lastAnswer = 'nothing'
  const poll = async () => {
    for (let wait = 10; ; wait = Math.min(wait * 1.5, 250)) {
      lastAnswer = await probe.ask(polling)
      if (lastAnswer === rightAnswer) return
      await delay(wait, undefined, { signal: polling })
    }
  }
  const dead = group.ended.then((how) => {
    throw new TargetError(`${who} ended (${how}) before it was ready.${lastLines(group)}`, how)
  })
  try {
    await Promise.race([poll(), dead])
  } catch (error) {
    signal.throwIfAborted()
    if (!deadline.aborted) throw error
    const waited = `${READY_WITHIN_MS / 1000} s`
    throw new TargetError(
      `${question} did not answer ${rightAnswer} within ${waited}, but ${lastAnswer}.${lastLines(group)}`,
    )
  } finally {
    over.abort()
    dead.catch(() => {})
  }
}

/** The status that a GET is answered with, or the error's code. */
function statusOf(address: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const request = get(address, { agent: false, signal, timeout: ANSWER_WITHIN_MS }, (response) => {
      response.resume()
      resolve(String(response.statusCode))
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

/** The first line that one inline command of the Redis protocol is answered with, or the error's code. */
function firstLineOf(port: number, command: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', signal, timeout: ANSWER_WITHIN_MS })
    const conclude = (answer: string) => {
      resolve(answer)
      socket.destroy()
    }
    socket.setEncoding('utf8').write(`${command}\r\n`)
    socket.on('data', (answer) => conclude(String(answer).split('\r\n')[0] ?? ''))
    socket.on('timeout', () => conclude('no answer'))
    socket.on('error', (error: NodeJS.ErrnoException) => conclude(error.code ?? error.message))
    socket.on('close', () => conclude('an end'))
  })
}

/** The end of what a server printed, as a sentence or two that follow another. */
export function lastLines({ output }: Pick<ProcessGroup, 'output'>): string {
  const lines = output().trimEnd().split('\n').slice(-LAST_LINES)
  return lines.join('') === ''
    ? ' It printed nothing.'
    : ` Its last output:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
