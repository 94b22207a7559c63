import type { DataOf, StaffWritten } from 'genjin-contract'
import { paramError, ServiceError } from '../../errors.ts'
import {
  isInSame,
  type Staff,
  saveStaff,
  setStaffStatus,
  staffById,
  staffPage,
} from '../../store/directory.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { auditAll } from '../audit.ts'
import type { Call } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { refuseRepeated, shorten } from '../message-text.ts'
import { tablePage } from '../page.ts'
import { compare } from './compare.ts'

/** Status of staff who have left. */
const LEFT = 5

/** Unknown staff that a message names at most. */
const MAX_NAMED = 5

type StaffRecord = DataOf<'staffList'>['records'][number]

/** GET /openapi/department/user/list: staff by user id. Every value is a string. */
export function staffList(call: Call<'staffList'>) {
  return tablePage(call, 'staff', staffPage, recordOf)
}

function recordOf(member: Staff): StaffRecord {
  return {
    userId: member.userId,
    username: member.name,
    alias: member.alias,
    mobile: member.mobile,
    position: member.position,
    email: member.email,
    avatar: member.avatar,
    main_department_id: member.mainDepartmentId?.toString() ?? null,
    department_id: member.departmentIds.join(','),
    status: member.status.toString(),
  }
}

/** A member of staff from a request or a line of a bundle. */
export function staffOf(written: StaffWritten): Staff {
  return {
    userId: written.user_id,
    name: written.name,
    departmentIds: [...new Set(written.department_ids)],
    mainDepartmentId: written.main_department_id ?? null,
    status: written.status ?? 1,
    alias: written.alias ?? null,
    mobile: written.mobile ?? null,
    position: written.position ?? null,
    email: written.email ?? null,
    avatar: written.avatar ?? null,
  }
}

/** POST /openapi/department/user/save: adds staff, or replaces those with their ids (D1). */
export function staffSave(call: Call<'staffSave'>) {
  return write(call, async (tx) => {
    const staff = givenStaff(call.input.staff)
    const { changed, counts, byKey } = compareStaff(staff, await staffById(tx, staff.map(idOf)))
    await saveStaff(tx, changed, byKey)
    await noted(call, tx, changed, byKey)
    return counts
  })
}

/** POST /openapi/department/user/leave: their records and departments stay (D1). */
export function staffLeave(call: Call<'staffLeave'>) {
  return write(call, async (tx) => {
    const staff = await requireStaff(tx, call.input.user_ids)
    const updated = await markAsLeft(tx, staff)
    const counts = { added: 0, updated, unchanged: staff.length - updated }
    const left = staff.map((member) => ({ ...member, status: LEFT }))
    await noted(call, tx, left, new Map(staff.map((member) => [member.userId, member])))
    return counts
  })
}

/** POST /openapi/department/user/move: out of all their departments, into these (D1). */
export function staffMove(call: Call<'staffMove'>) {
  return write(call, async (tx) => {
    const { department_ids: departmentIds } = call.input
    refuseRepeated('department_ids', undefined, departmentIds)
    const mainDepartmentId = call.input.main_department_id ?? departmentIds[0] ?? null
    requireMain('main_department_id', mainDepartmentId, departmentIds)
    const stored = await requireStaff(tx, call.input.user_ids)
    const moved = stored.map((member) => ({ ...member, departmentIds, mainDepartmentId }))
    const { changed, counts, byKey } = compareStaff(moved, stored)
    await saveStaff(tx, changed, byKey)
    await noted(call, tx, changed, byKey)
    return counts
  })
}

/** Notes in the audit trail what has become of staff. */
function noted(
  {
    context,
    session,
    operation,
  }: Pick<Call<'staffSave' | 'staffLeave' | 'staffMove'>, 'context' | 'session' | 'operation'>,
  tx: WriteTx,
  changed: readonly Staff[],
  stored: ReadonlyMap<string, Staff>,
): Promise<void> {
  const entries = changed.map((member) => {
    const before = stored.get(member.userId)
    return { subject: member.userId, from: before && fieldsOf(before), to: fieldsOf(member) }
  })
  return auditAll(context, tx, session, operation, entries)
}

/** What an entry tells of a member. */
function fieldsOf(member: Staff) {
  const { name, departmentIds, mainDepartmentId, status, alias, mobile, position, email, avatar } = member
  const departments = { department_ids: departmentIds, main_department_id: mainDepartmentId }
  return { name, ...departments, status, alias, mobile, position, email, avatar }
}

/** Staff of a request. Throws when one is given twice, or has a main department that is none of its departments. */
export function givenStaff(given: readonly StaffWritten[]): Staff[] {
  const staff = given.map(staffOf)
  for (const [index, { mainDepartmentId, departmentIds }] of staff.entries()) {
    requireMain(`staff[${index}].main_department_id`, mainDepartmentId, departmentIds)
  }
  refuseRepeated('staff', 'user_id', staff.map(idOf))
  return staff
}

function requireMain(field: string, id: bigint | null, departmentIds: readonly bigint[]): void {
  if (id === null || departmentIds.length === 0 || departmentIds.includes(id)) return
  throw paramError('paramInvalid', field, `（${id}）不在 department_ids 之中：请加进去，或不给`)
}

/** Marks those who have not left yet, and returns how many they are. */
export async function markAsLeft(tx: WriteTx, staff: readonly Staff[]): Promise<number> {
  const leaving = staff.filter((member) => member.status !== LEFT)
  await setStaffStatus(tx, leaving.map(idOf), LEFT)
  return leaving.length
}

export function compareStaff(given: readonly Staff[], stored: readonly Staff[]) {
  return compare(given, stored, idOf, (one, other) => {
    const { departmentIds: _, ...rest } = one
    return (
      isInSame(one, other) &&
      (Object.keys(rest) as (keyof typeof rest)[]).every((name) => one[name] === other[name])
    )
  })
}

/** Throws when one of them is unknown or given twice. */
async function requireStaff(tx: ReadTx, userIds: readonly string[]): Promise<Staff[]> {
  refuseRepeated('user_ids', undefined, userIds)
  const staff = await staffById(tx, userIds)
  if (staff.length === userIds.length) return staff
  const known = new Set(staff.map(idOf))
  const unknown = userIds.filter((userId) => !known.has(userId))
  const named = unknown.slice(0, MAX_NAMED).map(shorten).join('、')
  throw new ServiceError(
    'notFound',
    `参数 user_ids 里有 ${unknown.length} 个不是本企业的员工：${named}${unknown.length > MAX_NAMED ? '…' : ''}；` +
      '全部未写入；员工见 GET /openapi/department/user/list',
    { field: 'user_ids' },
  )
}

function idOf({ userId }: Staff): string {
  return userId
}
