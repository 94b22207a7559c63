import { isIPv6 } from 'node:net'
import type { Role, SignInWay } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { type Corp, findCorp } from '../../store/corp.ts'
import { staffById } from '../../store/directory.ts'
import { findPerson, type Person, removePasskeys, savePerson, updatePerson } from '../../store/person.ts'
import { endSessions } from '../../store/person-session.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import {
  COUNTED_MS,
  count,
  findCounts,
  forgetCount,
  type SignInCount,
  uncount,
} from '../../store/sign-in-count.ts'
import { audit } from '../audit.ts'
import type { Context } from '../context.ts'
import { readInvitation, requireInvited } from './invitation.ts'
import { type Line, requirePassword } from './password.ts'
import { beginSession, maySignIn, type Origin, requireMaySignIn } from './person-session.ts'

/** A session that has begun. */
export interface SignedIn {
  readonly cookie: string
  readonly userId: string
}

/** So many wrong passwords in a row are free. */
const FREE = 5
/** The next one then waits for this, and twice as long each time, up to so much: of a person, and of an address. */
const FIRST_WAIT_MS = 5_000
const LONGEST_WAITS_MS = [300_000, 60_000]

/**
 * Signs in with a password. Wrong ones slow down the person and the address, and nobody else (P8). An attempt is counted before
 * the password is looked at, so that many at once are as many. Throws signInFailed, the same for whom there is not, and tooMany.
 */
export async function signInWithPassword(
  context: Context,
  given: { readonly corp: string; readonly user_id: string; readonly password: string },
  origin: Origin,
): Promise<SignedIn> {
  const { user_id: userId, password } = given
  const corp = await context.store.readShared((tx) => findCorp(tx, given.corp))
  const subjects = { person: personSubject(userId), address: addressSubject(origin) }
  const { person, line } = corp
    ? await admitAttempt(context, corp, userId, subjects)
    : admitUnknown(context, given.corp, subjects)
  const stored = person && maySignIn(person) ? person.password : null
  const isRight = await context.passwords.matches(password, stored, line)
  if (!corp || !isRight) throw wrongPassword()
  return context.store.transact(corp.key, async (tx) => {
    const now = await findPerson(tx, userId)
    // Changed or disabled in the meantime.
    if (!now || !maySignIn(now) || now.password !== stored) throw wrongPassword()
    await forgetCount(tx, subjects.person)
    // Many come from one address: who is right takes nothing from the others there, and gives nothing to who guesses.
    await uncount(tx, subjects.address)
    return { userId, cookie: await beginSession(context, tx, userId, 'password', origin) }
  })
}

/** Whose attempts are counted together, in this order. */
type Subjects = Readonly<Record<'person' | 'address', string>>

/** An attempt that is looked at: whose it is, if there is such a person, and where it stands. */
interface Admitted {
  readonly person?: Person | undefined
  readonly line: Line
}

/** Counts an attempt and finds the person, if there is one. Throws tooMany. */
async function admitAttempt(
  context: Context,
  { key }: Corp,
  userId: string,
  { person, address }: Subjects,
): Promise<Admitted> {
  const names = [person, address]
  const lineIn = async (tx: ReadTx) => {
    const counts = await findCounts(tx, names, context.now())
    return lineOf(
      context,
      names.map((name) => counts.get(name)),
    )
  }
  // A refused attempt writes nothing.
  await context.store.read(key, lineIn)
  return context.store.transact(key, async (tx) => {
    const line = await lineIn(tx)
    await count(tx, names, context.now())
    return { person: await findPerson(tx, userId), line }
  })
}

/**
 * The same for a company that does not exist, in the memory of this process: nothing can be stored there. All such companies
 * are one for an address, and who names one stands behind those who name theirs.
 */
function admitUnknown(context: Context, corp: string, { person, address }: Subjects): Admitted {
  const { unknownSignIns: counts, now } = context
  const names = [`${corp} ${person}`, address]
  const counted = names.map((name) => {
    const known = counts.get(name)
    return known && known.lastAt > now() - COUNTED_MS ? known : undefined
  })
  const line = lineOf(context, counted, 'behind')
  names.forEach((name, at) => {
    counts.set(name, { n: (counted[at]?.n ?? 0) + 1, lastAt: now() })
  })
  return { line }
}

/** Where the attempt of a person from an address, counted in this order, stands. Throws tooMany while one of them has to wait. */
function lineOf(context: Context, counts: readonly (SignInCount | undefined)[], best: Line = 'first'): Line {
  const waits = counts.map((counted, at) => waitMs(counted, LONGEST_WAITS_MS[at] as number, context.now()))
  const wait = Math.ceil(Math.max(...waits) / 1000)
  if (wait > 0) throw tooMany(wait, (waits[0] as number) > 0)
  const line = counts.some((counted) => counted && counted.n > 0) ? 'behind' : best
  // Before it is counted: who is refused for others has not tried.
  context.passwords.requireRoom(line)
  return line
}

function personSubject(userId: string): string {
  return `person ${userId}`
}

/** Of IPv6 the network: each of its hosts has as many addresses as it likes. */
function addressSubject({ address }: Origin): string {
  if (!isIPv6(address)) return `address ${address}`
  const [head = '', tail] = (address.split('%')[0] as string).split('::')
  const front = head.split(':').filter(Boolean)
  const back = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0')
  return `address ${[...front, ...zeros, ...back].slice(0, 4).join(':')}::`
}

function waitMs(counted: SignInCount | undefined, longest: number, now: number): number {
  if (!counted || counted.n < FREE) return 0
  const wait = Math.min(longest, FIRST_WAIT_MS * 2 ** Math.min(counted.n - FREE, 20))
  return Math.max(0, counted.lastAt + wait - now)
}

function tooMany(seconds: number, isOfPerson: boolean): ServiceError {
  const what = isOfPerson ? '密码连续错误次数过多' : '所在网络有人连续输错密码'
  return new ServiceError('tooMany', `${what}：请 ${seconds} 秒后再试，或用其他方式登录`, {
    retryAfterSeconds: seconds,
  })
}

function wrongPassword(): ServiceError {
  return new ServiceError('signInFailed', '企业、账号或密码不正确：请核对后重试；忘记密码时请管理员重新邀请')
}

/** Signs in a staff member whom WeCom or a provider of OpenID Connect has named. Who comes for the first time becomes staff. */
export async function signInAs(
  context: Context,
  corpId: string,
  userId: string,
  way: SignInWay,
  origin: Origin,
): Promise<SignedIn> {
  const corp = await context.store.readShared((tx) => findCorp(tx, corpId))
  if (!corp)
    throw new ServiceError(
      'signInFailed',
      `企业 ${corpId} 不存在：请管理员核对 ${way === 'oidc' ? 'GENJIN_OIDC_CORP' : 'GENJIN_WECOM_CORP'}`,
    )
  return context.store.transact(corp.key, async (tx) => {
    if (!(await findPerson(tx, userId)) && (await staffById(tx, [userId])).length > 0) {
      await savePerson(tx, { userId, role: 'staff', departmentIds: [] }, context.now())
      const person = { kind: 'person', userId } as const
      await audit(context, tx, person, 'firstSignIn', userId, undefined, { role: 'staff', way })
    }
    const person = await findPerson(tx, userId)
    if (!person || !maySignIn(person)) {
      throw new ServiceError(
        'signInFailed',
        `${userId} 不是企业 ${corp.name} 的在职员工，或已停用：请管理员确认通讯录与人员`,
      )
    }
    return { userId, cookie: await beginSession(context, tx, userId, way, origin) }
  })
}

/** Signs in to the demo company, in a role. Throws signInFailed where there is none. */
export async function signInToDemo(context: Context, role: Role, origin: Origin): Promise<SignedIn> {
  const { demo } = context.signIn
  if (!demo) throw new ServiceError('signInFailed', '这里没有演示企业：请用其他方式登录')
  const { userId, departmentIds } = demo.people[role]
  return context.store.transact(demo.corp, async (tx) => {
    const person = await findPerson(tx, userId)
    if (person?.role !== role) {
      await savePerson(tx, { userId, role, departmentIds }, context.now())
      await endSessions(tx, userId, 'all')
    }
    // Another visitor may have disabled them.
    if (person?.disabledAt != null) await updatePerson(tx, userId, { disabledAt: null })
    await requireMaySignIn(tx, userId)
    return { userId, cookie: await beginSession(context, tx, userId, 'demo', origin) }
  })
}

/** Accepts an invitation by setting a password. Throws signInFailed. */
export async function acceptWithPassword(
  context: Context,
  token: string,
  password: string,
  origin: Origin,
): Promise<SignedIn> {
  const { corp, userId } = readInvitation(token)
  await context.store.read(corp, (tx) => requireInvited(context, tx, token))
  requirePassword(password, 'password', userId)
  const hash = await context.passwords.hash(password)
  return context.store.transact(corp, async (tx) => {
    await accept(context, tx, token)
    await updatePerson(tx, userId, { password: hash })
    return { userId, cookie: await beginSession(context, tx, userId, 'password', origin) }
  })
}

/** Uses an invitation up. The person begins again: an earlier password, earlier passkeys and sessions are gone. */
export async function accept(context: Context, tx: WriteTx, token: string): Promise<Person> {
  const person = await requireInvited(context, tx, token)
  const { userId } = person
  await updatePerson(tx, userId, { invitation: null, invitationUntil: null, password: null })
  await removePasskeys(tx, userId)
  await endSessions(tx, userId, 'all')
  await forgetCount(tx, personSubject(userId))
  await audit(context, tx, { kind: 'person', userId }, 'acceptInvitation', userId, undefined, undefined)
  return person
}
