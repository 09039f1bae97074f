/** Members by a key, both in the order in which they first appear. */
export function groupBy<T, K>(members: readonly T[], keyOf: (member: T) => K): readonly (readonly [K, readonly T[]])[] {
  return [...new Set(members.map(keyOf))].map((key) => [key, members.filter((one) => keyOf(one) === key)])
}
