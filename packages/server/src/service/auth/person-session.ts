import { createHash } from 'node:crypto'
import type { SignInWay } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { readCorp, readState } from '../../store/corp.ts'
import { findPerson, type Person } from '../../store/person.ts'
import {
  dropOldSessions,
  endSessions,
  findSession,
  insertSession,
  isLasting,
  SESSION_MS,
  type StoredSession,
  UNUSED_SESSION_MS,
} from '../../store/person-session.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import type { Context } from '../context.ts'
import type { PersonSession } from '../session.ts'

/** Sessions of one person at a time; the one that was not used for longest ends. */
const MOST_SESSIONS = 20

/** Where a sign-in comes from. */
export interface Origin {
  readonly address: string
  /** The header User-Agent. */
  readonly agent: string
}

const AGENT_LENGTH = 300

/** Begins a session and returns what its cookie holds: 256 random bits, of which only the hash is stored. */
export async function beginSession(
  context: Context,
  tx: WriteTx,
  userId: string,
  way: SignInWay,
  { address, agent }: Origin,
): Promise<string> {
  const now = context.now()
  const cookie = `gjw_${tx.corp.toString(36)}_${context.random(32).toString('base64url')}`
  const times = { createdAt: now, seenAt: now }
  await insertSession(tx, {
    id: hashOfSecret(cookie),
    userId,
    way,
    address,
    agent: agent.slice(0, AGENT_LENGTH),
    ...times,
  })
  await dropOldSessions(tx, userId, now, MOST_SESSIONS)
  return cookie
}

/** What is stored of a random secret: of 256 random bits, a plain hash is enough. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Ends the session of a cookie, if there is one. */
export async function endSession({ store }: Context, cookie: string): Promise<void> {
  const corp = corpOfCookie(cookie)
  if (corp === undefined) return
  const id = hashOfSecret(cookie)
  const session = await store.read(corp, (tx) => findSession(tx, id))
  if (session) await store.transact(corp, (tx) => endSessions(tx, session.userId, { only: id }))
}

/** The company of a cookie, or undefined when it is none of ours. */
function corpOfCookie(cookie: string): number | undefined {
  const corp = /^gjw_([0-9a-z]{1,8})_[\w-]{43}$/.exec(cookie)?.[1]
  return corp === undefined ? undefined : Number.parseInt(corp, 36)
}

/** The session of a cookie. Throws sessionEnded. */
export async function authenticatePerson(context: Context, cookie: string): Promise<PersonSession> {
  const corp = corpOfCookie(cookie)
  if (corp === undefined) throw sessionEnded()
  const id = hashOfSecret(cookie)
  return context.store.read(corp, async (tx) => {
    const [{ session, person }, { revision }, company] = await Promise.all([
      requireGoodSession(context, tx, id),
      readState(tx),
      readCorp(tx),
    ])
    if (!company) throw sessionEnded()
    return {
      kind: 'person',
      corp,
      timeZone: company.timeZone,
      id,
      userId: person.userId,
      role: person.role,
      departmentIds: person.departmentIds,
      revision,
      beganAt: session.createdAt,
      expiresAt: Math.min(session.createdAt + SESSION_MS, session.seenAt + UNUSED_SESSION_MS),
      notedAt: session.seenAt,
    }
  })
}

/** Throws sessionEnded unless the session is good in this transaction, and its person may sign in. */
export async function requireGoodSession(
  context: Context,
  tx: ReadTx,
  id: string,
): Promise<{ session: StoredSession; person: Person }> {
  const session = await findSession(tx, id)
  if (!session || !isLasting(session, context.now())) throw sessionEnded()
  const person = await findPerson(tx, session.userId)
  if (!person || !maySignIn(person)) throw sessionEnded()
  return { session, person }
}

/** Active staff, and those who have not joined WeCom yet. */
const SIGN_IN_STATUSES: readonly (number | null)[] = [1, 4]

/** Whether a person is not disabled and has not left. */
export function maySignIn({ disabledAt, staffStatus }: Pick<Person, 'disabledAt' | 'staffStatus'>): boolean {
  return disabledAt === null && SIGN_IN_STATUSES.includes(staffStatus)
}

/** Throws signInFailed unless there is such a person who may sign in. */
export async function requireMaySignIn(tx: ReadTx, userId: string): Promise<Person> {
  const person = await findPerson(tx, userId)
  if (person && maySignIn(person)) return person
  throw new ServiceError('signInFailed', '账号已停用，或员工已离职：请联系管理员')
}

export function sessionEnded(): ServiceError {
  return new ServiceError('sessionEnded', '登录已失效：请重新登录')
}
