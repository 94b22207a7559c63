import { type DataOf, OPERATIONS, type Operation } from 'genjin-contract'
import { paramError, ServiceError } from '../../errors.ts'
import { findApp } from '../../store/app.ts'
import { readCorp } from '../../store/corp.ts'
import {
  findPerson,
  type Passkey,
  type Person,
  passkeysOf,
  removePasskeys,
  updatePerson,
} from '../../store/person.ts'
import { endSessions } from '../../store/person-session.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { audit } from '../audit.ts'
import { beginPasskey, checkPasskey, keepPasskey } from '../auth/passkey.ts'
import { requirePassword } from '../auth/password.ts'
import { sessionEnded } from '../auth/person-session.ts'
import { callerOf, forbidden } from '../auth/rights.ts'
import type { Call, Context } from '../context.ts'
import { write, writeSecret } from '../idempotent-write.ts'
import type { PersonSession, RemoteSession, Session } from '../session.ts'
import { lastingSessions } from './people.ts'
import { sessionIdOf, sessionRecord } from './session-record.ts'

type Me = DataOf<'me'>

/** POST /openapi/me: who asks, what they may call, and of a person their sessions and preferences. */
export function me({ context, session }: Call<'me'>) {
  if (session.kind === 'command') throw forbidden('这里没有登录：命令直接使用数据库')
  return context.store.read(session.corp, async (tx) => {
    const corp = await readCorp(tx)
    return {
      kind: session.kind,
      corp: { id: corp?.id ?? '', name: corp?.name ?? '', time_zone: session.timeZone },
      may: mayOf(session),
      app: session.kind === 'app' ? await appOf(tx, session.appid) : null,
      person: session.kind === 'person' ? await personOf(context, tx, session) : null,
    }
  })
}

/** The operations that are open to a session, by their paths without `/openapi/`. */
function mayOf(session: RemoteSession): string[] {
  const caller = callerOf(session)
  return (Object.values(OPERATIONS) as Operation[])
    .filter(({ callers }) => callers.includes(caller))
    .map(({ path }) => path.replace('/openapi/', ''))
}

async function appOf(tx: ReadTx, appid: string): Promise<Me['app']> {
  const app = await findApp(tx, appid)
  return { appid, label: app?.label ?? '', read_only: app?.isReadOnly ?? false }
}

async function personOf(
  context: Context,
  tx: ReadTx,
  session: PersonSession,
): Promise<NonNullable<Me['person']>> {
  const person = await findPerson(tx, session.userId)
  if (!person) throw sessionEnded()
  const [sessions, passkeys] = await Promise.all([
    lastingSessions(context, tx, person.userId),
    passkeysOf(tx, person.userId),
  ])
  return {
    user_id: person.userId,
    name: person.name ?? person.userId,
    role: person.role,
    department_ids: [...person.departmentIds],
    has_password: person.password !== null,
    passkeys: passkeys.map(passkeyRecord),
    sessions: sessions.map((one) => sessionRecord(one, session)),
    preferences: preferencesOf(person),
  }
}

function preferencesOf({ language, appearance }: Person): DataOf<'meSave'> {
  return {
    language: language === 'en' ? 'en' : 'zh',
    appearance: appearance === 'light' || appearance === 'dark' ? appearance : 'auto',
  }
}

function passkeyRecord({ id, name, createdAt, usedAt }: Passkey): DataOf<'mePasskeyAdd'> {
  return { id, name, created_at: createdAt, used_at: usedAt }
}

/** POST /openapi/me/save: keeps preferences; what is not given stays. */
export function meSave(call: Call<'meSave'>) {
  const { language, appearance } = call.input
  return write(call, async (tx) => {
    const { userId } = personIn(call.session)
    await updatePerson(tx, userId, { ...(language && { language }), ...(appearance && { appearance }) })
    return preferencesOf(await presentPerson(tx, userId))
  })
}

/** POST /openapi/me/session/end: signs out one of the person's sessions, or all but the one that asks. */
export function meSessionEnd(call: Call<'meSessionEnd'>) {
  return write(call, async (tx) => {
    const { userId, id: own } = personIn(call.session)
    const { id } = call.input
    if (id === undefined) return { ended: await endSessions(tx, userId, { allBut: own }) }
    const found = (await lastingSessions(call.context, tx, userId)).find((one) => sessionIdOf(one) === id)
    if (!found) throw paramError('notFound', 'id', ' 没有对应的登录：它可能已结束')
    return { ended: await endSessions(tx, userId, { only: found.id }) }
  })
}

/** POST /openapi/me/password: sets a password; all other sessions of the person end. */
export async function mePassword(call: Call<'mePassword'>) {
  const { context, session, input } = call
  const person = personIn(session)
  const { userId, id: own } = person
  requirePassword(input.new_password, 'new_password', userId)
  const { password: stored } = await context.store.read(session.corp, (tx) => presentPerson(tx, userId))
  if (stored !== null) await requireOldPassword(context, person, input.old_password, stored)
  const hash = await context.passwords.hash(input.new_password)
  return writeSecret(call, async (tx) => {
    if ((await presentPerson(tx, userId)).password !== stored) throw wrongOldPassword()
    await updatePerson(tx, userId, { password: hash })
    // Of a changed password there is nothing to tell but that it was.
    const [from, to] = stored === null ? [{ has_password: false }, { has_password: true }] : []
    await audit(context, tx, session, 'mePassword', userId, from, to)
    return { ended: await endSessions(tx, userId, { allBut: own }) }
  })
}

/** Wrong ones are limited: who has found an open session must not guess the password. */
async function requireOldPassword(
  context: Context,
  { corp, userId }: { corp: number; userId: string },
  given: string | undefined,
  stored: string,
): Promise<void> {
  if (given === undefined) {
    throw new ServiceError('paramMissing', '缺少参数 old_password：请给出现在的密码', {
      field: 'old_password',
    })
  }
  const wait = context.passwordChanges.take(`${corp} ${userId}`)
  if (wait > 0) {
    throw new ServiceError('tooMany', `修改密码过于频繁：请 ${wait} 秒后再试`, { retryAfterSeconds: wait })
  }
  if (!(await context.passwords.matches(given, stored, 'first'))) throw wrongOldPassword()
}

function wrongOldPassword(): ServiceError {
  return new ServiceError('signInFailed', '参数 old_password 不是现在的密码', { field: 'old_password' })
}

/** How long after a sign-in a passkey can be added, which outlasts the session: who finds a device must not. */
const FRESH_MS = 15 * 60_000

/** POST /openapi/me/passkey/begin: what the browser needs to make a passkey. Throws signInFailed in an older session. */
export async function mePasskeyBegin(call: Call<'mePasskeyBegin'>) {
  const { context, session } = call
  const person = personIn(session)
  if (context.now() - person.beganAt > FRESH_MS) {
    throw new ServiceError('signInFailed', '登录后 15 分钟内才能登记通行密钥：请退出后重新登录，再登记')
  }
  return context.store.read(session.corp, async (tx) => {
    const { name } = await presentPerson(tx, person.userId)
    const named = { corp: session.corp, userId: person.userId, name: name ?? person.userId }
    return beginPasskey(context, pageOf(call), named, purposeOf(person), await passkeysOf(tx, person.userId))
  })
}

/** POST /openapi/me/passkey/add: keeps the passkey that the browser has made. */
export async function mePasskeyAdd(call: Call<'mePasskeyAdd'>) {
  const { context, session, input } = call
  const person = personIn(session)
  const made = await checkPasskey(context, pageOf(call), purposeOf(person), input)
  return writeSecret(call, async (tx) => {
    const passkey = await keepPasskey(context, tx, person.userId, input.name, made)
    await audit(context, tx, session, 'mePasskeyAdd', person.userId, undefined, { passkey: passkey.name })
    return passkeyRecord(passkey)
  })
}

/** POST /openapi/me/passkey/remove. */
export function mePasskeyRemove(call: Call<'mePasskeyRemove'>) {
  return write(call, async (tx) => {
    const { userId } = personIn(call.session)
    const found = (await passkeysOf(tx, userId)).find(({ id }) => id === call.input.id)
    if (!found) throw paramError('notFound', 'id', ' 没有对应的通行密钥：它可能已移除')
    await removePasskeys(tx, userId, found.id)
    const { context, session } = call
    await audit(context, tx, session, 'mePasskeyRemove', userId, { passkey: found.name }, undefined)
    return passkeyRecord(found)
  })
}

/** A passkey is made for the person who began, in the session in which they began. */
function purposeOf({ id }: PersonSession): string {
  return `passkey of ${id}`
}

/** Passkeys belong to the host of a page. Throws paramInvalid without one. */
function pageOf({ page }: { readonly page: string | undefined }): { origin: string } {
  if (page !== undefined) return { origin: page }
  throw new ServiceError('paramInvalid', '通行密钥只能由浏览器的页面使用：请求须带请求头 Origin')
}

async function presentPerson(tx: ReadTx | WriteTx, userId: string): Promise<Person> {
  const person = await findPerson(tx, userId)
  if (person) return person
  throw sessionEnded()
}

function personIn(session: Session): PersonSession {
  if (session.kind === 'person') return session
  throw forbidden('只有登录的人员可以使用')
}
