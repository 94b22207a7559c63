import {
  described,
  IdText,
  Int64,
  Milliseconds,
  Note,
  Nullable,
  optional,
  paging,
  StringEnum,
  Text,
} from './schema.ts'
import { Type } from './type.ts'

const ACTOR_KINDS = ['app', 'person', 'command'] as const

export const AuditRecord = Type.Object({
  id: Int64({ zh: '编号', en: 'number' }),
  time: Milliseconds({ zh: '时间（毫秒时间戳）', en: 'when, in ms' }),
  actor: StringEnum(ACTOR_KINDS, {
    zh: '操作者类型：app-应用，person-人员，command-服务器上的命令',
    en: 'who did it: an app, a person, or a command on the server',
  }),
  actor_id: Nullable(
    Text({ zh: '应用ID 或员工ID；命令为 null', en: 'app ID or staff ID; null of a command' }),
  ),
  operation: Text({ zh: '操作，如 person/role', en: 'what was done, such as person/role' }),
  subject: Text({ zh: '操作的对象，如员工ID、应用ID', en: 'what it was done to: a staff ID, an app ID, …' }),
  changes: Type.Array(
    Type.Object({
      field: Text({ zh: '字段', en: 'field' }),
      from: Type.Unsafe<unknown>(described({ zh: '原值', en: 'old value' })),
      to: Type.Unsafe<unknown>(described({ zh: '新值', en: 'new value' })),
    }),
    described({ zh: '修改的字段', en: 'the fields that changed' }),
  ),
})

export const AuditListBody = Type.Object({
  ...optional({
    actor_id: IdText({ zh: '应用ID 或员工ID', en: 'app ID or staff ID' }),
    subject: Note({ zh: '操作的对象', en: 'what it was done to' }),
  }),
  ...paging,
})
