import type { DataOf, InputOf, OperationName } from 'genjin-contract'
import { paramError, ServiceError } from '../../errors.ts'
import { departmentsById, existingStaff } from '../../store/directory.ts'
import {
  disablePerson as disableStored,
  findPerson,
  type Person,
  passkeyCounts,
  personPage,
  savePerson,
} from '../../store/person.ts'
import {
  endSessions,
  isLasting,
  type StoredSession,
  sessionsByPerson,
  sessionsOf,
} from '../../store/person-session.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { rowCount } from '../../store/row-count.ts'
import { audit, personFields } from '../audit.ts'
import { invitationLink, invite } from '../auth/invitation.ts'
import { maySignIn } from '../auth/person-session.ts'
import type { Call, Context } from '../context.ts'
import { write, writeSecret } from '../idempotent-write.ts'
import { type Given, jsonText } from '../json-text.ts'
import { shorten } from '../message-text.ts'
import { pageBounds, RecordPage } from '../page.ts'
import type { Session } from '../session.ts'
import { sessionRecord } from './session-record.ts'

type PersonRecord = DataOf<'personList'>['records'][number]

/** POST /openapi/person/list: who may sign in, by user_id. */
export function personList({ context, session, input }: Call<'personList'>) {
  const { limit, offset } = pageBounds(input)
  return context.store.read(session.corp, async (tx) => {
    const records = await listPeople(context, tx, limit, offset)
    return RecordPage.of(
      await rowCount(tx, 'person'),
      records.map((record) => jsonText<PersonRecord>(record)),
    )
  })
}

/** People by user_id, from `offset`. */
export async function listPeople(
  context: Context,
  tx: ReadTx,
  limit: number,
  offset: number,
): Promise<Given<PersonRecord>[]> {
  return recordsOf(context, tx, await personPage(tx, limit, offset))
}

/** POST /openapi/person/invite: a link by which a staff member signs in for the first time, or anew. */
export function personInvite(call: Call<'personInvite'>) {
  return writeSecret(call, (tx) => invitePerson(call.context, tx, call.session, call.input))
}

/** POST /openapi/person/role: another role; the person signs in again. */
export function personRole(call: Call<'personRole'>) {
  return write(call, async (tx) => changeRole(call.context, tx, call.session, call.input))
}

/** POST /openapi/person/disable: the person is signed out everywhere and cannot sign in; an invitation lets them in again. */
export function personDisable(call: Call<'personDisable'>) {
  return write(call, async (tx) => disablePerson(call.context, tx, call.session, call.input.user_id))
}

/** POST /openapi/person/session/list: where a person is signed in. */
export function personSessionList({ context, session, input }: Call<'personSessionList'>) {
  return context.store.read(session.corp, async (tx) => ({
    sessions: await sessionsOfPerson(context, tx, session, input.user_id),
  }))
}

export async function sessionsOfPerson(
  context: Context,
  tx: ReadTx,
  session: Session,
  userId: string,
): Promise<DataOf<'personSessionList'>['sessions']> {
  await requirePerson(tx, userId)
  return (await lastingSessions(context, tx, userId)).map((one) => sessionRecord(one, session))
}

/** POST /openapi/person/session/end: signs a person out everywhere. */
export function personSessionEnd(call: Call<'personSessionEnd'>) {
  return write(call, async (tx) => endSessionsOf(call.context, tx, call.session, call.input.user_id))
}

/** The sessions that have not ended by themselves, last used first. */
export async function lastingSessions(
  { now }: Pick<Context, 'now'>,
  tx: ReadTx,
  userId: string,
): Promise<StoredSession[]> {
  return (await sessionsOf(tx, userId)).filter((session) => isLasting(session, now()))
}

export async function invitePerson(
  context: Context,
  tx: WriteTx,
  session: Session,
  input: InputOf<'personInvite'>,
): Promise<DataOf<'personInvite'>> {
  const { user_id: userId } = input
  const before = await findPerson(tx, userId)
  if (!before && !(await existingStaff(tx, [userId])).has(userId)) throw unknownStaff(userId)
  const role = input.role ?? before?.role ?? 'staff'
  const isChanged = before !== undefined && (input.role ?? before.role) !== before.role
  if (isChanged) requireOther(session, userId)
  const departmentIds = input.department_ids ?? (role === before?.role ? before.departmentIds : [])
  await requireDepartments(tx, role, departmentIds)
  await savePerson(tx, { userId, role, departmentIds }, context.now())
  const invited = await invite(context, tx, userId)
  const person = (await findPerson(tx, userId)) as Person
  if (!maySignIn(person)) {
    throw new ServiceError('conflict', `员工 ${shorten(userId)} 已离职或已禁用：请先在通讯录中恢复`, {
      field: 'user_id',
    })
  }
  if (isChanged || !isSameDepartments(before, person)) await endSessions(tx, userId, 'all')
  const to = { ...personFields(person), invited_until: invited.expiresAt }
  await audit(context, tx, session, 'personInvite', userId, before && personFields(before), to)
  return { user_id: userId, link: invitationLink(context, invited), expires_at: invited.expiresAt }
}

export async function changeRole(
  context: Context,
  tx: WriteTx,
  session: Session,
  { user_id: userId, role, department_ids: departmentIds = [] }: InputOf<'personRole'>,
): Promise<Given<PersonRecord>> {
  const before = await requirePerson(tx, userId)
  requireOther(session, userId)
  await requireDepartments(tx, role, departmentIds)
  await savePerson(tx, { userId, role, departmentIds }, context.now())
  await endSessions(tx, userId, 'all')
  return changed(context, tx, session, 'personRole', before)
}

export async function disablePerson(
  context: Context,
  tx: WriteTx,
  session: Session,
  userId: string,
): Promise<Given<PersonRecord>> {
  const before = await requirePerson(tx, userId)
  requireOther(session, userId)
  await disableStored(tx, before, context.now())
  return changed(context, tx, session, 'personDisable', before)
}

export async function endSessionsOf(
  context: Context,
  tx: WriteTx,
  session: Session,
  userId: string,
): Promise<{ ended: number }> {
  await requirePerson(tx, userId)
  const ended = await endSessions(tx, userId, 'all')
  await audit(context, tx, session, 'personSessionEnd', userId, { sessions: ended }, { sessions: 0 })
  return { ended }
}

/** Notes what has become of a person, and returns it. */
async function changed(
  context: Context,
  tx: WriteTx,
  session: Session,
  operation: OperationName,
  before: Person,
): Promise<Given<PersonRecord>> {
  const after = await requirePerson(tx, before.userId)
  await audit(context, tx, session, operation, before.userId, personFields(before), personFields(after))
  const [record] = await recordsOf(context, tx, [after])
  return record as Given<PersonRecord>
}

function isSameDepartments(before: Person | undefined, after: Person): boolean {
  return before === undefined || before.departmentIds.join() === after.departmentIds.join()
}

/** People as they are told, in the same order. */
async function recordsOf(
  context: Context,
  tx: ReadTx,
  people: readonly Person[],
): Promise<Given<PersonRecord>[]> {
  const userIds = people.map(({ userId }) => userId)
  const [sessionsBy, passkeys] = await Promise.all([
    sessionsByPerson(tx, userIds),
    passkeyCounts(tx, userIds),
  ])
  const now = context.now()
  return people.map((person) => {
    const { userId, name, role, departmentIds, password, invitationUntil } = person
    const sessions = (sessionsBy.get(userId) ?? []).filter((session) => isLasting(session, now))
    const isInvited = invitationUntil !== null && invitationUntil > now
    return {
      user_id: userId,
      name,
      role,
      department_ids: [...departmentIds],
      state: stateOf(person, isInvited),
      invited_until: isInvited ? invitationUntil : null,
      has_password: password !== null,
      passkeys: passkeys.get(userId) ?? 0,
      sessions: sessions.length,
      seen_at: sessions[0]?.seenAt ?? null,
    }
  })
}

function stateOf(person: Person, isInvited: boolean): PersonRecord['state'] {
  if (person.disabledAt !== null) return 'disabled'
  if (!maySignIn(person)) return 'left'
  return isInvited ? 'invited' : 'active'
}

async function requirePerson(tx: ReadTx, userId: string): Promise<Person> {
  const person = await findPerson(tx, userId)
  if (person) return person
  throw paramError('notFound', 'user_id', ` 没有对应的人员：${shorten(userId)}；先邀请（person/invite）`)
}

/** An administrator cannot lock themselves out: one stays, whatever they do to each other. */
function requireOther(session: Session, userId: string): void {
  if (session.kind !== 'person' || session.userId !== userId) return
  throw new ServiceError('conflict', '不能调整或停用自己：请由另一位管理员操作', { field: 'user_id' })
}

function unknownStaff(userId: string): ServiceError {
  return paramError(
    'notFound',
    'user_id',
    ` 不是本企业的员工：${shorten(userId)}；员工见 GET /openapi/department/user/list`,
  )
}

async function requireDepartments(
  tx: ReadTx,
  role: PersonRecord['role'],
  departmentIds: readonly bigint[],
): Promise<void> {
  if (role !== 'manager') {
    if (departmentIds.length === 0) return
    throw paramError('paramInvalid', 'department_ids', ' 只用于主管（role 为 manager）：请去掉')
  }
  if (departmentIds.length === 0) {
    throw new ServiceError('paramMissing', '缺少参数 department_ids：主管须有所管的部门', {
      field: 'department_ids',
    })
  }
  const known = new Set((await departmentsById(tx, departmentIds)).map(({ id }) => id))
  const missing = departmentIds.findIndex((id) => !known.has(id))
  if (missing < 0) return
  throw paramError(
    'notFound',
    `department_ids[${missing}]`,
    ` 没有对应的部门：${departmentIds[missing]}；部门见 GET /openapi/department/list`,
  )
}
