/** Plain TypeScript data made from the tables of chat.v1: it imports nothing, so that k6 can load it. */
import { readFile } from 'node:fs/promises'
import { typesOfFile } from './types.ts'

interface ErrorRow {
  readonly name: string
}
interface CloseTable {
  readonly ranges: readonly unknown[]
  readonly codes: readonly { readonly name: string }[]
  readonly standard: readonly unknown[]
}

const json = async (url: URL) => JSON.parse(await readFile(url, 'utf8'))
const lines = (rows: readonly unknown[]) => rows.map((row) => `  ${JSON.stringify(row)},\n`).join('')
const byName = (rows: readonly { readonly name: string }[]) =>
  rows.map((row) => `  ${row.name}: ${JSON.stringify(row)},\n`).join('')

/** @param directory the folder of error-codes.json, close-codes.json, limits.json and profiles.json */
export async function tablesOf(directory: URL): Promise<string> {
  const errors: ErrorRow[] = await json(new URL('error-codes.json', directory))
  const closes: CloseTable = await json(new URL('close-codes.json', directory))
  const profiles: Record<string, unknown> = await json(new URL('profiles.json', directory))
  return `${await typesOfFile(new URL('limits.json', directory))}
/** The limits that CHAT_PROFILE names. */
export const PROFILES: { readonly default: Readonly<Limits>; readonly test: Readonly<Limits> } = ${JSON.stringify(profiles, null, 2)}

/** Codes of an \`error\` that leaves the connection open. */
export const ERROR_CODES = {
${byName(errors)}} as const
export type ErrorCode = keyof typeof ERROR_CODES

/** Close codes, by the name that the close reason carries. */
export const CLOSE_CODES = {
${byName(closes.codes)}} as const
export type CloseName = keyof typeof CLOSE_CODES
export type CloseCode = (typeof CLOSE_CODES)[CloseName]['code']

/** What the range of a close code tells a client to do, also for a code that it does not know. */
export const CLOSE_RANGES = [
${lines(closes.ranges)}] as const

/** What clients do on the codes of RFC 6455. */
export const STANDARD_CLOSES = [
${lines(closes.standard)}] as const
`
}
