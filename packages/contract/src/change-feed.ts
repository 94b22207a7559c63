import { type Static, Type } from 'typebox'
import { CHANGE_OPS, WholeFollowRecord } from './follow-write.ts'
import { Day, Int32, Int64, IntEnum, StringEnum, Text } from './schema.ts'

/** Days for which deletions stay in the change feed, and deleted follow-ups can be restored. */
export const TOMBSTONE_DAYS = 90

/** Most changes of one page of the feed. */
export const CHANGES_LIMIT = 1000

/** Most days of one reconciliation. */
export const RECONCILE_DAYS = 31

export const FollowChangesBody = Type.Object({
  cursor: Type.Optional(Text({ maxLength: 512, description: '上一次应答的 cursor；不给则从头读起' })),
  limit: Type.Optional(
    Int32({
      minimum: 1,
      maximum: CHANGES_LIMIT,
      default: 100,
      description: `最多几条变更，1 到 ${CHANGES_LIMIT}，默认 100；记录很长时一页会更少`,
    }),
  ),
})
export type FollowChangesBody = Static<typeof FollowChangesBody>

export const FollowChanges = Type.Object({
  records: Type.Array(
    Type.Object({
      seq: Int64({ description: '变更的序号，按提交的次序递增' }),
      op: StringEnum(CHANGE_OPS, { description: 'create-创建，update-修改，delete-删除，restore-恢复' }),
      record: WholeFollowRecord,
    }),
    { description: '变更，按 seq 从小到大；record 是变更之后的记录，删除的是删除之前的内容' },
  ),
  cursor: Text({ description: '下一次请求的 cursor，请与已写入的数据一起保存' }),
  has_more: Type.Boolean({ description: '后面是否还有变更：为 true 请立即再取' }),
})

export const FollowReconcileBody = Type.Object({
  follow_time_start: Day({ description: '跟进时间开始，格式为yyyy-MM-dd，含当天' }),
  follow_time_end: Day({
    description: `跟进时间结束，格式为yyyy-MM-dd，含当天；与开始最多相隔 ${RECONCILE_DAYS} 天（含首尾）`,
  }),
  system: Type.Optional(IntEnum([0, 1], { description: '0-只算员工跟进，1-只算系统跟进；不给则都算' })),
})
export type FollowReconcileBody = Static<typeof FollowReconcileBody>

const sums = {
  count: Int64({ description: '跟进条数' }),
  checksum: Text({
    description: '校验和，取自 follow/list 答复的那些键，32 位十六进制小写，与次序无关',
  }),
  whole_checksum: Text({ description: '校验和，取自变更流里的完整记录' }),
}

export const FollowReconcile = Type.Object({
  seq: Int64({ description: '所含的最后一个变更的序号：先把变更流读到这里，再比较' }),
  ...sums,
  days: Type.Array(Type.Object({ day: Day({ description: '日期，企业时区，yyyy-MM-dd' }), ...sums }), {
    description: '范围内的每一天',
  }),
})
