import { type Static, Type } from 'typebox'
import { DepartmentWritten, StaffWritten } from './directory.ts'
import { ID_LENGTH, TARGET_TYPES, written } from './follow.ts'
import { Int64, IntEnum, List, Milliseconds, StringEnum, Text } from './schema.ts'

/**
 * The lines of a bundle: NDJSON, UTF-8, one object a line, `kind` first. One schema a kind. Unlike in a request, "" and
 * [] are kept as they are; null means "not known".
 */
const id = (description: string) => Text({ maxLength: ID_LENGTH, description })
const note = (description: string) => Type.Optional(Text({ maxLength: 4096, description }))

export const FollowTypeLine = Type.Object({
  id: Int64({ description: '跟进方式ID' }),
  name: id('跟进方式名称'),
  builtin: Type.Optional(Type.Boolean({ default: false, description: '是否系统内置' })),
  enabled: Type.Optional(Type.Boolean({ default: true, description: '是否启用' })),
})

export const CUSTOM_FIELD_TYPES = ['text', 'number', 'date', 'datetime', 'single', 'multi'] as const

export const CustomFieldLine = Type.Object({
  key: id('字段键'),
  name: id('字段名称'),
  type: StringEnum(CUSTOM_FIELD_TYPES, { description: '字段类型' }),
  options: Type.Optional(
    List(Type.Object({ id: id('选项ID'), name: id('选项名称') }), { description: '选项' }),
  ),
  required: Type.Optional(Type.Boolean({ default: false, description: '是否必填' })),
})

export const TargetLine = Type.Object({
  type: IntEnum(TARGET_TYPES, { description: '对象类型' }),
  id: id('对象ID'),
  name: Text({ maxLength: 1000, description: '对象名称' }),
  owner_user_id: Type.Optional(id('负责人ID')),
})

export const FollowLine = Type.Object({
  id: Int64({ minimum: 0, description: '跟进ID' }),
  follow_user_id: id('跟进人ID'),
  content: Text({ maxLength: 100000, description: '跟进内容' }),
  target: Type.Optional(written.target),
  business_type: IntEnum(TARGET_TYPES, { description: '关联业务类型' }),
  business_id: id('关联业务ID'),
  follow_type: Type.Optional(Int64({ description: '跟进方式ID' })),
  follow_type_desc: Type.Optional(id('跟进方式名称')),
  field_map: Type.Optional(written.fieldMap),
  attachment_list: Type.Optional(
    List(
      Type.Object({
        cos_url: note('附件URL'),
        file_extension: note('文件扩展名'),
        material_id: note('素材ID'),
        name: note('附件名称'),
        type: note('附件类型'),
      }),
    ),
  ),
  location: Type.Optional(
    Type.Object({
      location_lat: Type.Optional(id('纬度')),
      location_lng: Type.Optional(id('经度')),
      location_address: note('地址名称'),
    }),
  ),
  follow_time: Milliseconds({ description: '跟进时间戳（毫秒）' }),
  remind: Type.Optional(written.remind),
  system: Type.Optional(Type.Boolean({ default: false, description: '是否系统跟进' })),
  title: Type.Optional(id('标题')),
  create_time: Type.Optional(Milliseconds({ description: '创建时间戳（毫秒）' })),
  update_time: Type.Optional(Milliseconds({ description: '更新时间戳（毫秒）' })),
  stage_id: Type.Optional(id('商机阶段ID')),
})
export type FollowLine = Static<typeof FollowLine>

/** `kind` → the schema of the rest of the line, in the order in which export writes them. */
export const BUNDLE_LINES = {
  department: DepartmentWritten,
  staff: StaffWritten,
  follow_type: FollowTypeLine,
  custom_field: CustomFieldLine,
  target: TargetLine,
  follow: FollowLine,
} as const

export type BundleKind = keyof typeof BUNDLE_LINES

export type BundleLine = {
  [K in BundleKind]: { kind: K } & Static<(typeof BUNDLE_LINES)[K]>
}[BundleKind]

/** Longest line that is read, in bytes. */
export const BUNDLE_LINE_BYTES = 2 * 1024 * 1024

/**
 * Longest record as it is exported, in bytes. Less than a line may be, so that whatever was taken in can be exported and
 * taken in again with the keys that it did not name; more than a request can be.
 */
export const BUNDLE_RECORD_BYTES = 1024 * 1024 + 64 * 1024
