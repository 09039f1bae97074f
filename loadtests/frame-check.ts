/** Holds a sample of the frames that arrived to the schema of chat.v1. */
import { type Validator, validateServerMessage } from '../schemas/generated/validators.js'

export class FrameCheck {
  malformed = 0
  /** What was wrong, and how often. */
  readonly troubles = new Map<string, number>()

  add(frame: string): void {
    if (validateServerMessage(JSON.parse(frame))) return
    this.malformed++
    const what = `malformed frame: ${faultOf(validateServerMessage)}`
    this.troubles.set(what, (this.troubles.get(what) ?? 0) + 1)
  }
}

/** The first fault, in words. */
function faultOf({ errors }: Pick<Validator<unknown>, 'errors'>): string {
  const [first] = errors ?? []
  if (first === undefined) return 'it does not match its schema'
  const where = first.instancePath === '' ? 'it' : first.instancePath
  if (first.keyword === 'additionalProperties') return `${where} has a field that chat.v1 does not know`
  return `${where} ${first.message}`
}
