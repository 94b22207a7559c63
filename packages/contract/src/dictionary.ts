import { type Static, Type } from 'typebox'
import { CUSTOM_FIELD_TYPES } from './bundle.ts'
import { ID_LENGTH, paging } from './follow.ts'
import { Int64, List, Nullable, StringEnum, Text } from './schema.ts'

const methodId = Int64({ description: '跟进方式ID' })
const methodName = Text({ maxLength: ID_LENGTH, description: '跟进方式名称' })

export const FollowTypeAddBody = Type.Object({ name: methodName })
export type FollowTypeAddBody = Static<typeof FollowTypeAddBody>

export const FollowTypeRenameBody = Type.Object({ id: methodId, name: methodName })
export type FollowTypeRenameBody = Static<typeof FollowTypeRenameBody>

/** Names one follow method: disable, enable and delete. */
export const FollowTypeIdBody = Type.Object({ id: methodId })
export type FollowTypeIdBody = Static<typeof FollowTypeIdBody>

const key = Text({ maxLength: ID_LENGTH, description: '字段键，跟进的 field_map 里用的键' })

export const CustomFieldListBody = Type.Object({ ...paging })
export type CustomFieldListBody = Static<typeof CustomFieldListBody>

export const CustomFieldSaveBody = Type.Object({
  key,
  name: Text({ maxLength: ID_LENGTH, description: '字段名称' }),
  type: StringEnum(CUSTOM_FIELD_TYPES, {
    description:
      '字段类型：text-文字，number-数字，date-日期，datetime-时间，single-单选，multi-多选；建立后不能改',
  }),
  options: Type.Optional(
    List(
      Type.Object({
        id: Text({ maxLength: ID_LENGTH, description: '选项ID' }),
        name: Text({ maxLength: ID_LENGTH, description: '选项名称' }),
      }),
      { description: '选项，单选与多选必填' },
    ),
  ),
  required: Type.Optional(Type.Boolean({ default: false, description: '是否必填' })),
})
export type CustomFieldSaveBody = Static<typeof CustomFieldSaveBody>

export const CustomFieldKeyBody = Type.Object({ key })
export type CustomFieldKeyBody = Static<typeof CustomFieldKeyBody>

export const CustomFieldOption = Type.Object({
  id: Text({ description: '选项ID' }),
  name: Text({ description: '选项名称' }),
})

export const CustomFieldRecord = Type.Object({
  key: Text({ description: '字段键' }),
  name: Text({ description: '字段名称' }),
  type: Text({ description: '字段类型' }),
  options: Nullable(Type.Array(CustomFieldOption, { description: '选项' })),
  required: Type.Boolean({ description: '是否必填' }),
})
