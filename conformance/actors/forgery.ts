/** Tokens that no server may accept, made from a valid one. Pure; none needs the key. */

/** A JSON Web Token in compact form, taken apart. */
interface Parts {
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
  readonly signature: string
}

/** The claims as they are under `alg: none`, in the given spelling, with no signature. */
export function unsigned(token: string, alg = 'none'): string {
  const { header, claims } = parts(token)
  return `${encode({ ...header, alg })}.${encode(claims)}.`
}

/** Other claims under the signature of the first. */
export function withClaims(token: string, changes: Record<string, unknown>): string {
  const { header, claims, signature } = parts(token)
  return `${encode(header)}.${encode({ ...claims, ...changes })}.${signature}`
}

/** One bit of the signature's first octet is another. */
export function withOtherSignature(token: string): string {
  const { header, claims, signature } = parts(token)
  const octets = Buffer.from(signature, 'base64url')
  octets[0] = (octets[0] ?? 0) ^ 1
  return `${encode(header)}.${encode(claims)}.${octets.toString('base64url')}`
}

/** The header claims another algorithm; the signature is what it was. */
export function underAlgorithm(token: string, alg: string): string {
  const { header, claims, signature } = parts(token)
  return `${encode({ ...header, alg })}.${encode(claims)}.${signature}`
}

function parts(token: string): Parts {
  const [header, claims, signature] = token.split('.')
  if (header === undefined || claims === undefined || signature === undefined)
    throw new Error('the target minted something that is no JWT of three parts')
  return { header: decode(header), claims: decode(claims), signature }
}

const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
