import { type DepartmentWritten, DIRECTORY_DEPARTMENTS } from 'genjin-contract'
import { paramError, ServiceError } from '../../errors.ts'
import { allDepartments, type Department, departmentPage, saveDepartments } from '../../store/directory.ts'
import type { WriteTx } from '../../store/port.ts'
import { auditAll } from '../audit.ts'
import type { Call } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { refuseRepeated } from '../message-text.ts'
import { tablePage } from '../page.ts'
import { type Counts, compare } from './compare.ts'

/** Departments of a cycle that a message names at most. */
const MAX_NAMED = 20

/** GET /openapi/department/list: departments by id. */
export function departmentList(call: Call<'departmentList'>) {
  return tablePage(call, 'department', departmentPage, recordOf)
}

function recordOf({ id, name, parentId, order }: Department) {
  return { id, name, parent_id: parentId, order }
}

/** A department from a request or a line of a bundle. In WeCom 0 is the parent of the top department: here it has none (D2). */
export function departmentOf(written: DepartmentWritten): Department {
  return {
    id: written.id,
    name: written.name,
    parentId: written.parent_id || null,
    order: written.order ?? null,
  }
}

/** POST /openapi/department/save: adds departments, or replaces those with their ids (D2). */
export function departmentSave(call: Call<'departmentSave'>) {
  return write(call, async (tx) =>
    saveInTree(call, tx, givenDepartments(call.input.departments), await allDepartments(tx)),
  )
}

/** POST /openapi/department/move: below another department, or with parent_id 0 to the top (D2). */
export function departmentMove(call: Call<'departmentMove'>) {
  return write(call, async (tx) => {
    const stored = await allDepartments(tx)
    const { id, parent_id: parent } = call.input
    const department = requireDepartment(stored, 'id', id)
    const parentId = parent === 0n ? null : requireDepartment(stored, 'parent_id', parent).id
    return saveInTree(call, tx, [{ ...department, parentId }], stored, 'parent_id')
  })
}

/** Departments of a request. Throws when one is given twice or has an id that no department can have. */
export function givenDepartments(given: readonly DepartmentWritten[]): Department[] {
  const departments = given.map(departmentOf)
  departments.forEach(requirePositive)
  refuseRepeated('departments', 'id', departments.map(idOf))
  return departments
}

function requirePositive({ id, parentId }: Department, index: number): void {
  if (id <= 0n) throw outOfRange(`departments[${index}].id`, '1 或更大', id)
  if (parentId !== null && parentId < 0n) {
    throw outOfRange(`departments[${index}].parent_id`, '0（顶级）或更大', parentId)
  }
}

function outOfRange(field: string, allowed: string, given: bigint): ServiceError {
  return paramError('paramRange', field, ` 超出范围：须为 ${allowed}，收到 ${given}`)
}

/** Writes departments into the stored tree. Throws when it would no longer be a tree. */
async function saveInTree(
  call: Pick<Call<'departmentSave' | 'departmentMove'>, 'context' | 'session' | 'operation'>,
  tx: WriteTx,
  departments: readonly Department[],
  stored: readonly Department[],
  parentField?: string,
): Promise<Counts> {
  refuseCycles([...stored, ...departments], departments.map(idOf), parentField)
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
  const before = new Map(stored.map((department) => [department.id, fieldsOf(department)]))
  await auditAll(
    call.context,
    tx,
    call.session,
    call.operation,
    changed.map((department) => ({
      subject: String(department.id),
      from: before.get(department.id),
      to: fieldsOf(department),
    })),
  )
  return counts
}

function fieldsOf({ name, parentId, order }: Department) {
  return { name, parent_id: parentId, order }
}

export function compareDepartments(given: readonly Department[], stored: readonly Department[]) {
  return compare(
    given,
    stored,
    idOf,
    (one, other) => one.name === other.name && one.parentId === other.parentId && one.order === other.order,
  )
}

function requireDepartment(departments: readonly Department[], field: string, id: bigint): Department {
  const department = departments.find((one) => one.id === id)
  if (department) return department
  const atTop = field === 'parent_id' ? '；移为顶级部门请给 0' : ''
  throw paramError('notFound', field, ` 不是本企业的部门：${id}；部门见 GET /openapi/department/list${atTop}`)
}

/**
 * Throws when one of `ids` is its own ancestor. Of several departments with one id, the last counts.
 *
 * @param ids of the departments of the request, in its order
 * @param field the request's name for a parent, where it is not `departments[0].parent_id`
 */
export function refuseCycles(
  departments: readonly Department[],
  ids: readonly bigint[],
  field?: string,
): void {
  const parents = new Map(departments.map(({ id, parentId }) => [id, parentId]))
  const cycle = findCycle(parents, ids)
  if (!cycle) return
  const path = cycle.length > MAX_NAMED ? [...cycle.slice(0, MAX_NAMED - 1), '…', cycle.at(-1)] : cycle
  throw new ServiceError(
    'conflict',
    `部门的上级关系成环：${path.join(' → ')}（每个的上级是它后面的一个）；全部未写入，请改正 parent_id`,
    { field: field ?? `departments[${ids.findIndex((id) => cycle.includes(id))}].parent_id` },
  )
}

/** The first cycle above one of `ids`: each department followed by its parent, the first one again at the end. */
function findCycle(
  parents: ReadonlyMap<bigint, bigint | null>,
  ids: readonly bigint[],
): bigint[] | undefined {
  /** Departments whose ancestors end at the top. */
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

export function idOf({ id }: Department): bigint {
  return id
}
