/** What the nodes share their rooms through, as far as it can be away. */
export interface Broker {
  isUp(): boolean
  /** @param action is called whenever it was away and is back */
  onBack(action: () => void): void
  close(): void
}

/** A single node has all in itself. */
export const NO_BROKER: Broker = { isUp: () => true, onBack: () => {}, close: () => {} }
