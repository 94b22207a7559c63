import type { Static } from 'typebox'
import { CustomFieldLine } from './dictionary.ts'
import { DepartmentWritten, StaffWritten } from './directory.ts'
import { CONTENT_LENGTH, reminder, TARGET_TYPES, written } from './follow.ts'
import { PersonLine } from './people.ts'
import {
  Bool,
  IdText,
  Int64,
  IntEnum,
  List,
  Milliseconds,
  Note,
  optional,
  PartialObject,
  Text,
} from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

const FollowTypeLine = Type.Object({
  id: Int64(TERMS.followTypeId),
  name: IdText(TERMS.followTypeName),
  builtin: Type.Optional(Bool({ default: false, ...TERMS.builtin })),
  enabled: Type.Optional(Bool({ default: true, ...TERMS.enabled })),
})

const TargetLine = Type.Object({
  type: IntEnum(TARGET_TYPES, { zh: '对象类型', en: 'target type' }),
  id: IdText({ zh: '对象ID', en: 'target ID' }),
  name: Text({ maxLength: 1000, zh: '对象名称', en: 'target name' }),
  owner_user_id: Type.Optional(IdText({ zh: '负责人ID', en: 'staff ID of its owner' })),
})

export const FollowLine = Type.Object({
  id: Int64({ minimum: 0, ...TERMS.followId }),
  follow_user_id: IdText(TERMS.followUserId),
  content: Text({ maxLength: CONTENT_LENGTH, ...TERMS.content }),
  target: Type.Optional(written.target),
  business_type: IntEnum(TARGET_TYPES, TERMS.businessType),
  business_id: IdText(TERMS.businessId),
  ...optional({
    follow_type: Int64(TERMS.followTypeId),
    follow_type_desc: IdText(TERMS.followTypeName),
    field_map: written.fieldMap,
    attachment_list: List(
      PartialObject({
        cos_url: Note(TERMS.fileUrl),
        file_extension: Note(TERMS.fileExtension),
        material_id: Note(TERMS.materialId),
        name: Note(TERMS.fileName),
        type: Note(TERMS.fileType),
      }),
    ),
    location: PartialObject({
      location_lat: IdText(TERMS.latitude),
      location_lng: IdText(TERMS.longitude),
      location_address: Note(TERMS.place),
    }),
  }),
  follow_time: Milliseconds(TERMS.followTime),
  ...optional({
    remind: reminder(Milliseconds(TERMS.remindTime)),
    system: Bool({ default: false, ...TERMS.system }),
    title: IdText(TERMS.title),
    create_time: Milliseconds(TERMS.createTime),
    update_time: Milliseconds(TERMS.updateTime),
    stage_id: IdText(TERMS.stageId),
  }),
})
export type FollowLine = Static<typeof FollowLine>

/**
 * The lines of a bundle: NDJSON, UTF-8, one object a line, `kind` first. `kind` → the schema of the rest of the line, in
 * the order in which export writes them. Unlike in a request, "" and [] are kept as they are; null means "not known".
 */
export const BUNDLE_LINES = {
  department: DepartmentWritten,
  staff: StaffWritten,
  person: PersonLine,
  follow_type: FollowTypeLine,
  custom_field: CustomFieldLine,
  target: TargetLine,
  follow: FollowLine,
} as const

export type BundleKind = keyof typeof BUNDLE_LINES

export type BundleLine = {
  [K in BundleKind]: { kind: K } & Static<(typeof BUNDLE_LINES)[K]>
}[BundleKind]

/** Longest line that import reads, in bytes. */
export const BUNDLE_LINE_BYTES = 2 * 1024 * 1024

/**
 * Longest record that import accepts, in bytes as export writes it: less than a line, so that everything imported can be
 * exported and imported again with the keys it did not name; more than any request can carry.
 */
export const BUNDLE_RECORD_BYTES = 1024 * 1024 + 64 * 1024
