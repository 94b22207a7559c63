import { type Static, Type } from 'typebox'
import { paging } from './follow.ts'
import { Int64, Nullable, Text } from './schema.ts'

export const AccessTokenQuery = Type.Object({
  appid: Text({ description: '应用ID' }),
  app_secret: Text({ description: '应用secret' }),
})
export type AccessTokenQuery = Static<typeof AccessTokenQuery>

export const AccessToken = Type.Object({
  access_token: Text({ maxLength: 512, description: '获取到的凭证,最长为512字节' }),
  expires_in: Int64({ description: '凭证的有效时间(秒)', 'x-unit': 's' }),
  create_at: Int64({ description: '创建时间(秒);create_at + expires_in 即过期时间', 'x-unit': 's' }),
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
  department_id: Text({ description: '所在部门ID,多个以英文逗号分隔' }),
  status: Text({ description: '状态:1-已激活,2-已禁用,4-未激活,5-已离职' }),
})

export const DepartmentListQuery = Type.Object({ ...paging })
export type DepartmentListQuery = Static<typeof DepartmentListQuery>

export const DepartmentRecord = Type.Object({
  id: Int64({ description: '部门ID' }),
  name: Text({ description: '部门名称' }),
  parent_id: Nullable(Int64({ description: '上级部门ID,顶级部门为 null' })),
  order: Nullable(Int64({ description: '同级中的次序' })),
})
