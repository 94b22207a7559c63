import { CALLER_NAMES, type Caller, OPERATIONS, type Operation, type OperationName } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { ownersOf } from '../../store/dictionary.ts'
import { staffOfDepartments, staffUnder } from '../../store/directory.ts'
import type { FollowCopy } from '../../store/follow/row.ts'
import type { ReadTx } from '../../store/port.ts'
import type { PersonSession, RemoteSession, Session } from '../session.ts'

/**
 * Who may see and do what (P1 to P6). A person sees what they wrote, and everything about the targets they own; a manager also
 * what the staff of their departments wrote, and everything about the targets that these own; an administrator and an app see
 * the company. What one may not see answers as what does not exist.
 */

/** As which caller of the contract a session comes. */
export function callerOf(session: RemoteSession): Caller {
  if (session.kind === 'person') return session.role
  return session.isReadOnly ? 'readOnlyApp' : 'app'
}

/** Throws forbidden unless the operation is open to who asks (P1). */
export function requireCaller(session: RemoteSession, name: OperationName): void {
  const { callers, path }: Operation = OPERATIONS[name]
  const caller = callerOf(session)
  if (callers.includes(caller)) return
  if (caller === 'readOnlyApp' && callers.includes('app')) {
    throw forbidden(`没有权限：应用是只读的，不能调用 ${path}：请改用可以读写的应用`)
  }
  const allowed = callers.map((caller) => CALLER_NAMES[caller].zh).join('、')
  throw forbidden(`没有权限：${path} 只能由${allowed}调用`)
}

export function forbidden(message: string, field?: string): ServiceError {
  return new ServiceError('forbidden', message, field === undefined ? {} : { field })
}

/** Whether a session sees everything of its company. */
function seesAll(session: Session): boolean {
  return session.kind !== 'person' || session.role === 'admin'
}

/** Whose follow-ups a session sees because of who wrote them; undefined: everyone's. */
export async function scopeOf(tx: ReadTx, session: Session): Promise<readonly string[] | undefined> {
  if (session.kind !== 'person' || session.role === 'admin') return undefined
  if (session.role === 'staff' || session.departmentIds.length === 0) return [session.userId]
  const team = await staffOfDepartments(tx, session.departmentIds, true)
  return team.includes(session.userId) ? team : [...team, session.userId]
}

/** Distinguishes the lists of those who do not see everything; '' for the others. */
export function scopeKey(session: Session): string {
  if (session.kind !== 'person' || session.role === 'admin') return ''
  return `${session.role} ${session.userId} ${session.departmentIds.join()} `
}

/** Which of these staff are in the scope of a session (see scopeOf): the few are looked up, not the whole scope. */
async function inScope(
  tx: ReadTx,
  session: Session,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (session.kind !== 'person' || session.role === 'admin') return new Set(userIds)
  const own = userIds.filter((userId) => userId === session.userId)
  const leads = session.role === 'manager' && session.departmentIds.length > 0
  const team = leads ? await staffUnder(tx, userIds, session.departmentIds) : []
  return new Set([...own, ...team])
}

/** Whether a session sees a follow-up: for who wrote it, or for who owns what it is about (P2). */
export async function sees(tx: ReadTx, session: Session, follow: FollowCopy): Promise<boolean> {
  if (seesAll(session)) return true
  const about = [{ type: follow.businessType, id: follow.businessId }]
  if (follow.externalId !== null) about.push({ type: 1, id: follow.externalId })
  const people = [follow.followUserId, ...(await ownersOf(tx, about))]
  return (await inScope(tx, session, people)).size > 0
}

/** Throws forbidden unless a person may write in this name: in their own, an administrator in anyone's (P3). */
export function requireAuthor(session: RemoteSession, userId: string): void {
  if (session.kind === 'app' || session.role === 'admin' || userId === session.userId) return
  throw forbidden('参数 user_id 须为本人：只能以自己的名义写跟进', 'user_id')
}

/** Throws forbidden unless a person says that it was they who did it. */
export function requireSelf(session: RemoteSession, userId: string): void {
  if (session.kind === 'app' || userId === session.userId) return
  throw forbidden('参数 user_id 须为本人：操作记在操作者本人名下', 'user_id')
}

/** Throws forbidden unless who sees a follow-up may correct it: who wrote it, and an administrator (P4). */
export function requireMayCorrect(session: RemoteSession, { id, followUserId }: FollowCopy): void {
  if (seesAll(session) || followUserId === (session as { userId: string }).userId) return
  throw forbidden(`没有权限：跟进 ${id} 只能由写它的员工或管理员修改`, 'follow_id')
}

/** Throws forbidden unless who sees a follow-up may delete it: who wrote it, their manager, and an administrator (P5). */
export async function requireMayDelete(
  tx: ReadTx,
  session: RemoteSession,
  { id, followUserId }: FollowCopy,
): Promise<void> {
  if ((await inScope(tx, session, [followUserId])).size > 0) return
  throw forbidden(`没有权限：跟进 ${id} 只能由写它的员工、其主管或管理员删除`, 'follow_id')
}

/**
 * Throws forbidden unless who sees a follow-up may restore it: as for deleting, except that what somebody else deleted is restored
 * by their manager or an administrator, not by who wrote it (P5).
 */
export async function requireMayRestore(
  tx: ReadTx,
  session: RemoteSession,
  deletion: FollowCopy & { readonly change: { readonly user: string | null } },
): Promise<void> {
  const isOwn = session.kind === 'person' && deletion.followUserId === session.userId
  if (isOwn && deletion.change.user !== session.userId && !(await isLedByThemselves(tx, session))) {
    throw forbidden(`没有权限：跟进 ${deletion.id} 由他人删除，只能由主管或管理员恢复`, 'follow_id')
  }
  if ((await inScope(tx, session, [deletion.followUserId])).size > 0) return
  throw forbidden(`没有权限：跟进 ${deletion.id} 只能由写它的员工、其主管或管理员恢复`, 'follow_id')
}

/** Whether a person is an administrator, or belongs to a department that they lead. */
async function isLedByThemselves(
  tx: ReadTx,
  { role, userId, departmentIds }: PersonSession,
): Promise<boolean> {
  if (role !== 'manager') return role === 'admin'
  return (await staffUnder(tx, [userId], departmentIds)).length > 0
}
