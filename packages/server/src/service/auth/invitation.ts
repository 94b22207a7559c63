import { INVITATION_HOURS } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { readCorp } from '../../store/corp.ts'
import { findPerson, type Person, updatePerson } from '../../store/person.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import type { Context } from '../context.ts'
import { sameText } from '../keys.ts'
import { hashOfSecret, maySignIn } from './person-session.ts'

/** An open invitation. */
export interface Invited {
  readonly token: string
  /** ms since 1970. */
  readonly expiresAt: number
}

/** Invites a person: good once, for 24 hours; an earlier invitation is not good any more. Only its hash is stored. */
export async function invite(context: Context, tx: WriteTx, userId: string): Promise<Invited> {
  const owner = Buffer.from(userId).toString('base64url')
  const token = `gji_${tx.corp.toString(36)}_${owner}.${context.random(32).toString('base64url')}`
  const expiresAt = context.now() + INVITATION_HOURS * 3600 * 1000
  await updatePerson(tx, userId, {
    invitation: hashOfSecret(token),
    invitationUntil: expiresAt,
    disabledAt: null,
  })
  return { token, expiresAt }
}

/** The link of an invitation. What it holds stands behind `#`, which no browser sends and no server logs. */
export function invitationLink(context: Context, { token }: Invited): string {
  return `${context.signIn.url ?? ''}/invitation#${token}`
}

const TOKEN = /^gji_([0-9a-z]{1,8})_([\w-]{1,1400})\.[\w-]{43}$/

/** Company and person that an invitation names. Throws signInFailed. */
export function readInvitation(token: string): { corp: number; userId: string } {
  const [, corp, owner] = TOKEN.exec(token) ?? []
  if (corp === undefined || owner === undefined) throw noInvitation()
  const userId = Buffer.from(owner, 'base64url').toString()
  // No ID has it, and PostgreSQL takes it in no text.
  if (userId.includes('\0')) throw noInvitation()
  return { corp: Number.parseInt(corp, 36), userId }
}

/** The person whom an open invitation is for. Throws signInFailed. */
export async function requireInvited(context: Context, tx: ReadTx, token: string): Promise<Person> {
  const person = await findPerson(tx, readInvitation(token).userId)
  const isRight = sameText(hashOfSecret(token), person?.invitation ?? '')
  if (!person || !isRight || (person.invitationUntil ?? 0) <= context.now() || !maySignIn(person)) {
    throw noInvitation()
  }
  return person
}

/** Whom an invitation is for, with the company ID that they type to sign in the next time. Throws signInFailed. */
export function lookAtInvitation(context: Context, token: string) {
  return context.store.read(readInvitation(token).corp, async (tx) => {
    const { userId, name, role } = await requireInvited(context, tx, token)
    const corp = await readCorp(tx)
    if (!corp) throw noInvitation()
    return { corp: corp.id, user_id: userId, name, role }
  })
}

function noInvitation(): ServiceError {
  return new ServiceError('signInFailed', '邀请不可用：它已使用、已过期或已作废，请管理员重新邀请')
}
