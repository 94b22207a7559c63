import {
  type DepartmentMoveBody,
  type DepartmentSaveBody,
  type DepartmentWritten,
  DIRECTORY_DEPARTMENTS,
  DIRECTORY_MEMBERSHIPS,
  type DirectoryReplaceBody,
  type StaffLeaveBody,
  type StaffMoveBody,
  type StaffSaveBody,
  type StaffWritten,
} from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { toJson } from '../../json.ts'
import {
  allDepartments,
  allStaff,
  type Department,
  isInSame,
  removeDepartments,
  type Staff,
  saveDepartments,
  saveStaff,
  setStaffStatus,
  staffById,
} from '../../store/directory.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import type { Context, TokenSession } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { shorten } from '../message-text.ts'

/** Status of staff who have left. */
const LEFT = 5

/** What a batch did. */
interface Counts {
  readonly added: number
  readonly updated: number
  readonly unchanged: number
}

/** A member as a request or a bundle writes it. */
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

/** A department as a request or a bundle writes it. */
export function departmentOf(written: DepartmentWritten): Department {
  return {
    id: written.id,
    name: written.name,
    parentId: written.parent_id ?? null,
    order: written.order ?? null,
  }
}

/** 0 is what WeCom has above its top department: here nothing is, and so no department can have it (D2). */
function withoutZero(department: Department, index: number): Department {
  if (department.id <= 0n) {
    const field = `departments[${index}].id`
    throw new ServiceError('paramRange', `参数 ${field} 超出范围：须为 1 或更大，收到 ${department.id}`, {
      field,
    })
  }
  if (department.parentId !== null && department.parentId < 0n) {
    const field = `departments[${index}].parent_id`
    throw new ServiceError(
      'paramRange',
      `参数 ${field} 超出范围：须为 0（顶级）或更大，收到 ${department.parentId}`,
      {
        field,
      },
    )
  }
  return department.parentId === 0n ? { ...department, parentId: null } : department
}

/** POST /openapi/department/user/save: adds staff, or puts them in place of those of their ids (D1). */
export function staffSave(
  context: Context,
  session: TokenSession,
  body: StaffSaveBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'department/user/save', body, key }, async (tx) => {
    const staff = givenStaff(body.staff)
    const userIds = staff.map((member) => member.userId)
    refuseRepeated('staff', 'user_id', userIds)
    const { changed, counts, byKey } = compareStaff(staff, await staffById(tx, userIds))
    await saveStaff(tx, changed, byKey)
    return toJson(counts)
  })
}

/** POST /openapi/department/user/leave: their records and departments stay (D1). */
export function staffLeave(
  context: Context,
  session: TokenSession,
  body: StaffLeaveBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'department/user/leave', body, key }, async (tx) => {
    const staff = await requireStaff(tx, body.user_ids)
    const leaving = staff.filter((member) => member.status !== LEFT)
    await markAsLeft(tx, leaving)
    return toJson({ added: 0, updated: leaving.length, unchanged: staff.length - leaving.length })
  })
}

/** POST /openapi/department/user/move: out of the departments that they are in, into these (D1). */
export function staffMove(
  context: Context,
  session: TokenSession,
  body: StaffMoveBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'department/user/move', body, key }, async (tx) => {
    const { department_ids: departmentIds } = body
    refuseRepeated('department_ids', undefined, departmentIds)
    const mainDepartmentId = body.main_department_id ?? departmentIds[0] ?? null
    requireMain('main_department_id', mainDepartmentId, departmentIds)
    const stored = await requireStaff(tx, body.user_ids)
    const moved = stored.map((member) => ({ ...member, departmentIds, mainDepartmentId }))
    const { changed, counts, byKey } = compareStaff(moved, stored)
    await saveStaff(tx, changed, byKey)
    return toJson(counts)
  })
}

/** POST /openapi/department/save: adds departments, or puts them in place of those of their ids (D2). */
export function departmentSave(
  context: Context,
  session: TokenSession,
  body: DepartmentSaveBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'department/save', body, key }, async (tx) => {
    const departments = body.departments.map(departmentOf).map(withoutZero)
    refuseRepeated(
      'departments',
      'id',
      departments.map((department) => department.id),
    )
    return toJson(await saveInTree(tx, departments, await allDepartments(tx)))
  })
}

/** POST /openapi/department/move: below another department, or with parent_id 0 to the top (D2). */
export function departmentMove(
  context: Context,
  session: TokenSession,
  body: DepartmentMoveBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'department/move', body, key }, async (tx) => {
    const stored = await allDepartments(tx)
    const department = requireDepartment(stored, 'id', body.id)
    const parentId = body.parent_id === 0n ? null : requireDepartment(stored, 'parent_id', body.parent_id).id
    return toJson(await saveInTree(tx, [{ ...department, parentId }], stored))
  })
}

/**
 * POST /openapi/department/replace: afterwards the departments are these, and whoever is not among the staff has left (D3).
 * What is there is read once and compared in memory; only what differs is written.
 */
export function directoryReplace(
  context: Context,
  session: TokenSession,
  body: DirectoryReplaceBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'department/replace', body, key }, async (tx) => {
    const departments = body.departments.map(departmentOf).map(withoutZero)
    const departmentIds = departments.map((department) => department.id)
    const staff = givenStaff(body.staff)
    const userIds = staff.map((member) => member.userId)
    refuseRepeated('departments', 'id', departmentIds)
    refuseRepeated('staff', 'user_id', userIds)
    refuseMemberships(staff)
    refuseCycles(departments, departmentIds)
    return toJson({
      departments: await replaceDepartments(tx, departments, new Set(departmentIds)),
      staff: await replaceStaff(tx, staff, new Set(userIds)),
    })
  })
}

function refuseMemberships(staff: readonly Staff[]): void {
  const count = staff.reduce((total, member) => total + member.departmentIds.length, 0)
  if (count <= DIRECTORY_MEMBERSHIPS) return
  throw new ServiceError(
    'paramRange',
    `参数 staff 的 department_ids 合计 ${count} 个，最多 ${DIRECTORY_MEMBERSHIPS} 个：请改用 department/user/save 分批保存`,
    { field: 'staff' },
  )
}

function requireMain(field: string, id: bigint | null, departmentIds: readonly bigint[]): void {
  if (id === null || departmentIds.length === 0 || departmentIds.includes(id)) return
  throw new ServiceError('paramInvalid', `参数 ${field}（${id}）不在 department_ids 之中：请加进去，或不给`, {
    field,
  })
}

/** Staff as a request gives them. Throws when one has departments, and a main one that is none of them. */
function givenStaff(given: readonly StaffWritten[]): Staff[] {
  return given.map((written, index) => {
    const member = staffOf(written)
    requireMain(`staff[${index}].main_department_id`, member.mainDepartmentId, member.departmentIds)
    return member
  })
}

async function replaceDepartments(
  tx: WriteTx,
  departments: readonly Department[],
  ids: ReadonlySet<bigint>,
): Promise<Counts & { removed: number }> {
  const stored = await allDepartments(tx)
  const { changed, counts } = compareDepartments(departments, stored)
  const removed = stored.filter((department) => !ids.has(department.id))
  await saveDepartments(tx, changed)
  await removeDepartments(
    tx,
    removed.map((department) => department.id),
  )
  return { ...counts, removed: removed.length }
}

async function replaceStaff(
  tx: WriteTx,
  staff: readonly Staff[],
  userIds: ReadonlySet<string>,
): Promise<Counts & { left: number }> {
  const stored = await allStaff(tx)
  const { changed, counts, byKey } = compareStaff(staff, stored)
  const leaving = stored.filter((member) => member.status !== LEFT && !userIds.has(member.userId))
  await saveStaff(tx, changed, byKey)
  await markAsLeft(tx, leaving)
  return { ...counts, left: leaving.length }
}

function markAsLeft(tx: WriteTx, staff: readonly Staff[]): Promise<void> {
  return setStaffStatus(
    tx,
    staff.map((member) => member.userId),
    LEFT,
  )
}

/** Writes departments into the tree of those that are stored, unless it would no longer be one. */
async function saveInTree(
  tx: WriteTx,
  departments: readonly Department[],
  stored: readonly Department[],
): Promise<Counts> {
  refuseCycles(
    [...stored, ...departments],
    departments.map((department) => department.id),
  )
  const { changed, counts } = compareDepartments(departments, stored)
  const total = stored.length + counts.added
  if (counts.added > 0 && total > DIRECTORY_DEPARTMENTS) {
    throw new ServiceError(
      'conflict',
      `部门将有 ${total} 个，最多 ${DIRECTORY_DEPARTMENTS} 个：请用 department/replace 移除不用的部门`,
      { field: 'departments' },
    )
  }
  await saveDepartments(tx, changed)
  return counts
}

function compareDepartments(given: readonly Department[], stored: readonly Department[]) {
  return compare(
    given,
    stored,
    (department) => department.id,
    (one, other) => one.name === other.name && one.parentId === other.parentId && one.order === other.order,
  )
}

function compareStaff(given: readonly Staff[], stored: readonly Staff[]) {
  return compare(
    given,
    stored,
    (member) => member.userId,
    (one, other) => {
      const { departmentIds: _, ...rest } = one
      return (
        isInSame(one, other) &&
        (Object.keys(rest) as (keyof typeof rest)[]).every((name) => one[name] === other[name])
      )
    },
  )
}

/** What of `given` is not stored like this, and how much of it is new, different, the same. */
function compare<Row, Key>(
  given: readonly Row[],
  stored: readonly Row[],
  key: (row: Row) => Key,
  isSame: (one: Row, other: Row) => boolean,
): { changed: Row[]; counts: Counts; byKey: ReadonlyMap<Key, Row> } {
  const byKey = new Map(stored.map((row) => [key(row), row]))
  const changed: Row[] = []
  let added = 0
  for (const row of given) {
    const there = byKey.get(key(row))
    if (there === undefined) added++
    if (there === undefined || !isSame(row, there)) changed.push(row)
  }
  const counts = { added, updated: changed.length - added, unchanged: given.length - changed.length }
  return { changed, counts, byKey }
}

/** Throws when an id is given twice: which of the two is meant is not for us to choose. */
function refuseRepeated(list: string, idName: string | undefined, ids: readonly (string | bigint)[]): void {
  const places = new Map<string | bigint, number>()
  for (const [index, id] of ids.entries()) {
    const before = places.get(id)
    if (before !== undefined) {
      const at = (place: number) => `${list}[${place}]${idName === undefined ? '' : `.${idName}`}`
      throw new ServiceError(
        'paramInvalid',
        `参数 ${at(index)} 与 ${at(before)} 重复：${shorten(String(id))}；每个只给一次`,
        { field: at(index) },
      )
    }
    places.set(id, index)
  }
}

/** These staff. Throws when one of them is unknown or named twice. */
async function requireStaff(tx: ReadTx, userIds: readonly string[]): Promise<Staff[]> {
  refuseRepeated('user_ids', undefined, userIds)
  const staff = await staffById(tx, userIds)
  if (staff.length === userIds.length) return staff
  const known = new Set(staff.map((member) => member.userId))
  const unknown = userIds.filter((userId) => !known.has(userId))
  const named = unknown.slice(0, NAMED).map(shorten).join('、')
  throw new ServiceError(
    'notFound',
    `参数 user_ids 里有 ${unknown.length} 个不是本企业的员工：${named}${unknown.length > NAMED ? '…' : ''}；` +
      '全部未写入；员工见 GET /openapi/department/user/list',
    { field: 'user_ids' },
  )
}

/** Unknown staff that a message names at most. */
const NAMED = 5

function requireDepartment(departments: readonly Department[], field: string, id: bigint): Department {
  const department = departments.find((one) => one.id === id)
  if (department) return department
  const atTop = field === 'parent_id' ? '；移为顶级部门请给 0' : ''
  throw new ServiceError(
    'notFound',
    `参数 ${field} 不是本企业的部门：${id}；部门见 GET /openapi/department/list${atTop}`,
    { field },
  )
}

/** Throws when one of these departments has itself above it. Of several of one id, the last counts. */
function refuseCycles(departments: readonly Department[], ids: readonly bigint[]): void {
  const parents = new Map(departments.map((department) => [department.id, department.parentId]))
  const cycle = findCycle(parents, ids)
  if (!cycle) return
  const path = cycle.length > PATH ? [...cycle.slice(0, PATH - 1), '…', cycle.at(-1)] : cycle
  throw new ServiceError(
    'conflict',
    `部门的上级链会绕回它自己：${path.join(' → ')}（每个的上级是它后面的一个）；全部未写入，请改正 parent_id`,
    { field: 'parent_id' },
  )
}

/** Departments of a cycle that a message names at most. */
const PATH = 20

/** A cycle that one of `ids` is in or below: each department followed by the one above it, the first again at the end. */
function findCycle(
  parents: ReadonlyMap<bigint, bigint | null>,
  ids: readonly bigint[],
): bigint[] | undefined {
  /** Departments whose way up has an end. */
  const fine = new Set<bigint>()
  for (const start of ids) {
    const path = new Set<bigint>()
    for (let id = start; !fine.has(id); ) {
      if (path.has(id)) {
        const way = [...path]
        return [...way.slice(way.indexOf(id)), id]
      }
      path.add(id)
      const parent = parents.get(id)
      if (parent === null || parent === undefined) break
      id = parent
    }
    for (const id of path) fine.add(id)
  }
  return undefined
}
