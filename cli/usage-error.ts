/** The command line, or a file that it names, is wrong; the message says what, where, and what would be right. */
export class UsageError extends Error {
  override name = 'UsageError'
}
