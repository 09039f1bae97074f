/** `shakedown token`: mints a JWT for trying things out. */
import { Command, Option } from 'commander'
import { EXIT, type Finish } from '../exit-codes.ts'
import { duration } from '../flag-values.ts'
import { DEFAULT_AUDIENCE, DEFAULT_ISSUER, minterFor } from '../target/mint.ts'
import { chooseCredential, collect, type TargetFlags } from '../target/options.ts'
import { UsageError } from '../usage-error.ts'

interface TokenFlags extends TargetFlags {
  readonly sub: string
  readonly name?: string
  readonly ttl: number
  readonly room?: readonly string[]
}

const EXAMPLES = `
Examples:
  CHAT_JWT_SECRET=… shakedown token --sub alice --room lobby
  shakedown token --jwt-key private.jwk --jwt-kid 2026-11 --room 'team.*' --ttl 10m
`

export function tokenCommand(finish: Finish): Command {
  return new Command('token')
    .description('mint a JWT for trying things out')
    .option('--sub <sub>', 'the user that the token is for', 'alice')
    .option('--name <name>', "the user's display name")
    .addOption(
      new Option('--ttl <duration>', 'how long it is valid, such as 30s or 10m')
        .argParser(duration)
        .default(3_600_000, '1h'),
    )
    .option('--room <room>', 'a room to read and write, or a prefix of rooms ending in * (repeatable)', collect)
    .option('--jwt-secret <secret>', 'sign with HS256 and this secret (default: CHAT_JWT_SECRET of the environment)')
    .option('--jwt-key <file>', 'sign with ES256 and this private key, PEM or JWK')
    .option('--jwt-issuer <iss>', `the issuer (default: "${DEFAULT_ISSUER}")`)
    .option('--jwt-audience <aud>', `the audience (default: "${DEFAULT_AUDIENCE}")`)
    .option('--jwt-kid <kid>', 'the key id in the header')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: TokenFlags) => {
      process.stdout.write(`${await mintToken(flags)}\n`)
      finish(EXIT.ok)
    })
}

async function mintToken({ sub, name, ttl, room: rooms, ...signing }: TokenFlags): Promise<string> {
  const credential = chooseCredential(signing)
  if (credential === undefined)
    throw new UsageError('a token needs a key; add --jwt-secret or --jwt-key FILE, or set CHAT_JWT_SECRET')
  const exp = Math.floor((Date.now() + ttl) / 1000)
  return minterFor(credential)({
    sub,
    exp,
    ...(name === undefined ? {} : { name }),
    ...(rooms === undefined ? {} : { rooms }),
  })
}
