import { ServiceError } from '../../errors.ts'
import type { WriteTx } from '../../store/port.ts'
import { count, findCounts } from '../../store/sign-in-count.ts'
import type { Context } from '../context.ts'
import { sameText } from '../keys.ts'

/** How long a challenge is good, and how long its use is remembered at least. */
const CHALLENGE_MS = 300_000

/** A challenge that a passkey signs, kept by the browser: good once, for five minutes, for one purpose. */
export interface Challenge {
  /** What the passkey signs, base64url. */
  readonly challenge: string
  /** The same with its end and a proof, as it comes back. */
  readonly token: string
}

export function createChallenge(context: Context, purpose: string): Challenge {
  const challenge = context.random(32).toString('base64url')
  const until = (context.now() + CHALLENGE_MS).toString(36)
  const signed = `${challenge}.${until}`
  return { challenge, token: `${signed}.${context.keys.challengeProof(purpose, signed)}` }
}

/** The challenge of a token. Throws signInFailed unless it was given out for this purpose and has not ended. */
export function readChallenge(context: Context, purpose: string, token: string): string {
  const [challenge = '', until = '', proof = ''] = token.split('.')
  const isOurs = sameText(context.keys.challengeProof(purpose, `${challenge}.${until}`), proof)
  if (!isOurs || Number.parseInt(until, 36) <= context.now()) throw failed()
  return challenge
}

/** Throws signInFailed when the challenge has been used before. */
export async function useUp(context: Context, tx: WriteTx, challenge: string): Promise<void> {
  const subject = `challenge ${challenge}`
  if ((await findCounts(tx, [subject], context.now())).size > 0) throw failed()
  await count(tx, [subject], context.now())
}

function failed(): ServiceError {
  return new ServiceError('signInFailed', '登录请求已过期或已使用：请重新开始')
}
