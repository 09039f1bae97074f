/** What happened, for whoever runs the server: one event, one JSON line, never a token. */
export interface LogEvent {
  readonly event: string
  readonly [field: string]: string | number | undefined
}

export type Log = (event: LogEvent) => void
