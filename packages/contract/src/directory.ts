import type { Static } from 'typebox'
import { described, IdText, Int32, Int64, IntEnum, List, Note, Nullable, optional, Text } from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

/** Staff statuses: 1 active, 2 disabled, 4 not activated, 5 left. */
export const STAFF_STATUSES = [1, 2, 4, 5] as const

export const StaffRecord = Type.Object({
  userId: Text(TERMS.staffId),
  username: Text(TERMS.staffName),
  alias: Nullable(Text(TERMS.alias)),
  mobile: Nullable(Text(TERMS.mobile)),
  position: Nullable(Text(TERMS.position)),
  email: Nullable(Text(TERMS.email)),
  avatar: Nullable(Text(TERMS.avatar)),
  main_department_id: Nullable(Text(TERMS.mainDepartmentId)),
  department_id: Text({
    zh: '所属部门ID，多个以英文逗号分隔',
    en: 'IDs of the departments, separated by commas',
  }),
  status: Text(TERMS.staffStatus),
})

export const DepartmentRecord = Type.Object({
  id: Int64(TERMS.departmentId),
  name: Text(TERMS.departmentName),
  parent_id: Nullable(
    Int64({ zh: '上级部门ID，顶级部门为 null', en: 'ID of the parent department, null at the top' }),
  ),
  order: Nullable(Int64(TERMS.order)),
})

/** A staff member as requests and bundles carry it. */
export const StaffWritten = Type.Object({
  user_id: IdText(TERMS.staffId),
  name: IdText(TERMS.staffName),
  ...optional({
    department_ids: List(Int64(), { zh: '所属部门ID列表', en: 'IDs of the departments' }),
    main_department_id: Int64(TERMS.mainDepartmentId),
    status: IntEnum(STAFF_STATUSES, { default: 1, ...TERMS.staffStatus }),
    alias: Note(TERMS.alias),
    mobile: Note(TERMS.mobile),
    position: Note(TERMS.position),
    email: Note(TERMS.email),
    avatar: Note(TERMS.avatar),
  }),
})
export type StaffWritten = Static<typeof StaffWritten>

export const DepartmentWritten = Type.Object({
  id: Int64(TERMS.departmentId),
  name: IdText(TERMS.departmentName),
  parent_id: Type.Optional(
    Int64({
      zh: '上级部门ID，顶级部门不传或传 0',
      en: 'ID of the parent department, omitted or 0 at the top',
    }),
  ),
  order: Type.Optional(Int64(TERMS.order)),
})
export type DepartmentWritten = Static<typeof DepartmentWritten>

export const StaffSaveBody = Type.Object({
  staff: List(StaffWritten, {
    zh: '员工，1 到 1000 名；按 user_id 新增或整体替换',
    en: '1 to 1000 staff members: added, or replaced as a whole, by user_id',
  }),
})

export const StaffLeaveBody = Type.Object({
  user_ids: List(IdText(), { zh: '员工ID列表，1 到 1000 个', en: '1 to 1000 staff IDs' }),
})

export const StaffMoveBody = Type.Object({
  ...StaffLeaveBody.properties,
  department_ids: List(Int64(), {
    zh: '调入的部门ID列表，取代原来的部门',
    en: 'IDs of the departments to move to, in place of the present ones',
  }),
  main_department_id: Type.Optional(
    Int64({
      zh: '主部门ID，不传则为第一个部门',
      en: 'ID of the main department, the first one when omitted',
    }),
  ),
})

export const DepartmentSaveBody = Type.Object({
  departments: List(DepartmentWritten, {
    zh: '部门，1 到 1000 个；按 id 新增或整体替换',
    en: '1 to 1000 departments: added, or replaced as a whole, by id',
  }),
})

export const DepartmentMoveBody = Type.Object({
  id: Int64(TERMS.departmentId),
  parent_id: Int64({
    zh: '新的上级部门ID，0 表示移为顶级部门',
    en: 'ID of the new parent department; 0 moves it to the top',
  }),
})

/** The largest directory that one call can replace. */
export const DIRECTORY_STAFF = 100_000
export const DIRECTORY_DEPARTMENTS = 10_000
/** Most memberships of staff in departments, all staff together. */
export const DIRECTORY_MEMBERSHIPS = 500_000
export const DIRECTORY_BYTES = 32 * 1024 * 1024

export const DirectoryReplaceBody = Type.Object({
  departments: List(DepartmentWritten, {
    maxItems: DIRECTORY_DEPARTMENTS,
    zh: '全部部门；未列出的部门将被移除',
    en: 'all departments; those not listed are removed',
  }),
  staff: List(StaffWritten, {
    maxItems: DIRECTORY_STAFF,
    zh: `全部员工，所属部门合计最多 ${DIRECTORY_MEMBERSHIPS} 个；未列出的员工将标记为已离职`,
    en: `all staff, in at most ${DIRECTORY_MEMBERSHIPS} departments together; those not listed are marked as having left`,
  }),
})

/** What a write to the directory did. */
export const SavedCounts = Type.Object({
  added: Int32({ zh: '新增数量', en: 'number added' }),
  updated: Int32({ zh: '更新数量', en: 'number changed' }),
  unchanged: Int32({ zh: '未变数量', en: 'number that needed no change' }),
})

export const DirectoryCounts = Type.Object({
  departments: Type.Object(
    { ...SavedCounts.properties, removed: Int32({ zh: '移除数量', en: 'number removed' }) },
    described({ zh: '部门', en: 'departments' }),
  ),
  staff: Type.Object(
    { ...SavedCounts.properties, left: Int32({ zh: '离职数量', en: 'number marked as having left' }) },
    described({ zh: '员工', en: 'staff' }),
  ),
})
