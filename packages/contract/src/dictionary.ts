import type { Static } from 'typebox'
import { Bool, described, IdText, Int64, List, Nullable, StringEnum, Text, type Words } from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

/** The follow types that every corp has from the start. */
export const BUILTIN_FOLLOW_TYPES = [
  '拜访',
  '企微联系',
  '电话联系',
  '其他跟进',
  '线上会议',
  '打电话',
  '加好友(企微加好友)',
  '加好友(发短信加好友)',
] as const

export const FollowTypeRecord = Type.Object({
  id: Int64(TERMS.followTypeId),
  name: Text(TERMS.followTypeName),
  builtin: Bool(TERMS.builtin),
  enabled: Bool(TERMS.enabled),
})

export const FollowTypeAddBody = Type.Object({ name: IdText(TERMS.followTypeName) })

/** Names one follow type: disable, enable and delete. */
export const FollowTypeIdBody = Type.Object({ id: Int64(TERMS.followTypeId) })

export const FollowTypeRenameBody = Type.Object({
  ...FollowTypeIdBody.properties,
  ...FollowTypeAddBody.properties,
})

export const CUSTOM_FIELD_TYPES = ['text', 'number', 'date', 'datetime', 'single', 'multi'] as const

function options(words: Words) {
  const option = Type.Object({ id: IdText(TERMS.optionId), name: IdText(TERMS.optionName) })
  return Type.Optional(List(option, words))
}

/** A custom field as the bundle carries it. */
export const CustomFieldLine = Type.Object({
  key: IdText(TERMS.fieldKey),
  name: IdText(TERMS.fieldName),
  type: StringEnum(CUSTOM_FIELD_TYPES, TERMS.fieldType),
  options: options(TERMS.options),
  required: Type.Optional(Bool({ default: false, ...TERMS.required })),
})

const key = IdText({ zh: '字段键，即 field_map 中的键', en: 'field key, as used in field_map' })

export const CustomFieldSaveBody = Type.Object({
  ...CustomFieldLine.properties,
  key,
  type: StringEnum(CUSTOM_FIELD_TYPES, {
    zh: '字段类型：text-文本，number-数字，date-日期，datetime-时间，single-单选，multi-多选；创建后不能修改',
    en: 'field type: text, number, date, datetime, single (one option), multi (several); fixed once created',
  }),
  options: options({ zh: '选项，单选与多选必填', en: 'options, required for single and multi' }),
})
export type CustomFieldSaveBody = Static<typeof CustomFieldSaveBody>

export const CustomFieldKeyBody = Type.Object({ key })

export const CustomFieldOption = Type.Object({ id: Text(TERMS.optionId), name: Text(TERMS.optionName) })

export const CustomFieldRecord = Type.Object({
  key: Text(TERMS.fieldKey),
  name: Text(TERMS.fieldName),
  type: Text(TERMS.fieldType),
  options: Nullable(Type.Array(CustomFieldOption, described(TERMS.options))),
  required: Bool(TERMS.required),
})
