import { DIRECTORY_MEMBERSHIPS } from 'genjin-contract'
import { paramError } from '../../errors.ts'
import {
  allDepartments,
  allStaff,
  type Department,
  removeDepartments,
  type Staff,
  saveDepartments,
  saveStaff,
} from '../../store/directory.ts'
import type { WriteTx } from '../../store/port.ts'
import { audit } from '../audit.ts'
import type { Call } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { compareDepartments, givenDepartments, idOf, refuseCycles } from './departments.ts'
import { compareStaff, givenStaff, markAsLeft } from './staff.ts'

/**
 * POST /openapi/department/replace: afterwards the departments are these, and everybody who is not among the staff has left
 * (D3). What is stored is read once and compared in memory; only differences are written.
 */
export function directoryReplace(call: Call<'directoryReplace'>) {
  return write(call, async (tx) => {
    const departments = givenDepartments(call.input.departments)
    const staff = givenStaff(call.input.staff)
    refuseMemberships(staff)
    refuseCycles(departments, departments.map(idOf))
    const replaced = {
      departments: await replaceDepartments(tx, departments),
      staff: await replaceStaff(tx, staff),
    }
    await audit(call.context, tx, call.session, call.operation, '', undefined, replaced)
    return replaced
  })
}

function refuseMemberships(staff: readonly Staff[]): void {
  const count = staff.reduce((total, member) => total + member.departmentIds.length, 0)
  if (count <= DIRECTORY_MEMBERSHIPS) return
  throw paramError(
    'paramRange',
    'staff',
    ` 的 department_ids 合计 ${count} 个，最多 ${DIRECTORY_MEMBERSHIPS} 个：请改用 department/user/save 分批保存`,
  )
}

async function replaceDepartments(tx: WriteTx, departments: readonly Department[]) {
  const stored = await allDepartments(tx)
  const { changed, counts } = compareDepartments(departments, stored)
  const ids = new Set(departments.map(idOf))
  const removed = stored.map(idOf).filter((id) => !ids.has(id))
  await saveDepartments(tx, changed)
  await removeDepartments(tx, removed)
  return { ...counts, removed: removed.length }
}

async function replaceStaff(tx: WriteTx, staff: readonly Staff[]) {
  const stored = await allStaff(tx)
  const { changed, counts, byKey } = compareStaff(staff, stored)
  const userIds = new Set(staff.map(({ userId }) => userId))
  await saveStaff(tx, changed, byKey)
  const left = await markAsLeft(
    tx,
    stored.filter(({ userId }) => !userIds.has(userId)),
  )
  return { ...counts, left }
}
