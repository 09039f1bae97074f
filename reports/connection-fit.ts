/** How well the cost of a connection is known, in words. */
import type { ConnectionFit } from '../schemas/generated/results.ts'
import { plural } from './figures.ts'

/** Such as ` (R² 0.998 over 3 plateaus)`, to follow the figure; empty where nothing is known of it. */
export function fitText(fit: ConnectionFit | undefined): string {
  return fit === undefined ? '' : ` (R² ${fit.r2.toFixed(3)} over ${plural(fit.plateaus.length, 'plateau')})`
}
