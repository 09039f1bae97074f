/** Requirements of PROTOCOL.md that no case tests, each with its reason. Whatever stands neither here nor in a case is a gap. */
export const EXCLUSIONS: Readonly<Record<string, string>> = {}
