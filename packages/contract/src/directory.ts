import { type Static, Type } from 'typebox'
import { ID_LENGTH, paging } from './follow.ts'
import { Int32, Int64, IntEnum, List, Nullable, Text } from './schema.ts'

export const AccessTokenQuery = Type.Object({
  appid: Text({ description: '应用ID' }),
  app_secret: Text({ description: '应用secret' }),
})
export type AccessTokenQuery = Static<typeof AccessTokenQuery>

export const AccessToken = Type.Object({
  access_token: Text({ maxLength: 512, description: '获取到的凭证，最长为512字节' }),
  expires_in: Int64({ description: '凭证的有效时间（秒）', 'x-unit': 's' }),
  create_at: Int64({ description: '创建时间（秒）;create_at + expires_in 即过期时间', 'x-unit': 's' }),
})

export const StaffListQuery = Type.Object({ ...paging })
export type StaffListQuery = Static<typeof StaffListQuery>

/** Staff statuses: 1 active, 2 disabled, 4 not activated, 5 left. */
export const STAFF_STATUSES = [1, 2, 4, 5] as const

export const StaffRecord = Type.Object({
  userId: Text({ description: '员工ID' }),
  username: Text({ description: '员工姓名' }),
  alias: Nullable(Text({ description: '别名' })),
  mobile: Nullable(Text({ description: '手机号' })),
  position: Nullable(Text({ description: '职务' })),
  email: Nullable(Text({ description: '邮箱' })),
  avatar: Nullable(Text({ description: '头像地址' })),
  main_department_id: Nullable(Text({ description: '主部门ID' })),
  department_id: Text({ description: '所在部门ID，多个以英文逗号分隔' }),
  status: Text({ description: '状态：1-已激活，2-已禁用，4-未激活，5-已离职' }),
})

export const DepartmentListQuery = Type.Object({ ...paging })
export type DepartmentListQuery = Static<typeof DepartmentListQuery>

export const DepartmentRecord = Type.Object({
  id: Int64({ description: '部门ID' }),
  name: Text({ description: '部门名称' }),
  parent_id: Nullable(Int64({ description: '上级部门ID，顶级部门为 null' })),
  order: Nullable(Int64({ description: '同级中的次序' })),
})

const note = (description: string) => Type.Optional(Text({ maxLength: 4096, description }))

/** A member of staff as it is written: the keys of the bundle's line. */
export const StaffWritten = Type.Object({
  user_id: Text({ maxLength: ID_LENGTH, description: '员工ID' }),
  name: Text({ maxLength: ID_LENGTH, description: '姓名' }),
  department_ids: Type.Optional(List(Int64(), { description: '所在部门ID' })),
  main_department_id: Type.Optional(Int64({ description: '主部门ID' })),
  status: Type.Optional(
    IntEnum(STAFF_STATUSES, { default: 1, description: '状态：1-已激活，2-已禁用，4-未激活，5-已离职' }),
  ),
  alias: note('别名'),
  mobile: note('手机号'),
  position: note('职务'),
  email: note('邮箱'),
  avatar: note('头像地址'),
})
export type StaffWritten = Static<typeof StaffWritten>

export const DepartmentWritten = Type.Object({
  id: Int64({ description: '部门ID' }),
  name: Text({ maxLength: ID_LENGTH, description: '部门名称' }),
  parent_id: Type.Optional(Int64({ description: '上级部门ID；顶级部门不给' })),
  order: Type.Optional(Int64({ description: '同级中的次序' })),
})
export type DepartmentWritten = Static<typeof DepartmentWritten>

export const StaffSaveBody = Type.Object({
  staff: List(StaffWritten, { description: '员工，1 到 1000 个；按 user_id 新增，或整个替换' }),
})
export type StaffSaveBody = Static<typeof StaffSaveBody>

const userIds = List(Text({ maxLength: ID_LENGTH }), { description: '员工ID（1 到 1000 个）' })

export const StaffLeaveBody = Type.Object({ user_ids: userIds })
export type StaffLeaveBody = Static<typeof StaffLeaveBody>

export const StaffMoveBody = Type.Object({
  user_ids: userIds,
  department_ids: List(Int64(), { description: '移到这些部门，原来的部门不再属于' }),
  main_department_id: Type.Optional(Int64({ description: '主部门ID；不给则为第一个部门' })),
})
export type StaffMoveBody = Static<typeof StaffMoveBody>

export const DepartmentSaveBody = Type.Object({
  departments: List(DepartmentWritten, { description: '部门，1 到 1000 个；按 id 新增，或整个替换' }),
})
export type DepartmentSaveBody = Static<typeof DepartmentSaveBody>

export const DepartmentMoveBody = Type.Object({
  id: Int64({ description: '部门ID' }),
  parent_id: Int64({ description: '新的上级部门ID;0 表示移为顶级部门' }),
})
export type DepartmentMoveBody = Static<typeof DepartmentMoveBody>

/** Largest directory that is replaced in one call. */
export const DIRECTORY_STAFF = 100_000
export const DIRECTORY_DEPARTMENTS = 10_000
/** Departments that all of its staff together may be in. */
export const DIRECTORY_MEMBERSHIPS = 500_000
export const DIRECTORY_BYTES = 32 * 1024 * 1024

export const DirectoryReplaceBody = Type.Object({
  departments: List(DepartmentWritten, {
    maxItems: DIRECTORY_DEPARTMENTS,
    description: `全部部门，最多 ${DIRECTORY_DEPARTMENTS} 个；不在其中的部门被移除`,
  }),
  staff: List(StaffWritten, {
    maxItems: DIRECTORY_STAFF,
    description: `全部员工，最多 ${DIRECTORY_STAFF} 个，所在部门合计最多 ${DIRECTORY_MEMBERSHIPS} 个；不在其中的员工记为已离职`,
  }),
})
export type DirectoryReplaceBody = Static<typeof DirectoryReplaceBody>

const counted = (description: string) => Int32({ description })

/** What a batch did. */
export const SavedCounts = Type.Object({
  added: counted('新增的个数'),
  updated: counted('有改动的个数'),
  unchanged: counted('没有改动的个数'),
})

export const DirectoryCounts = Type.Object({
  departments: Type.Object({ ...SavedCounts.properties, removed: counted('移除的个数') }),
  staff: Type.Object({ ...SavedCounts.properties, left: counted('记为离职的个数') }),
})
