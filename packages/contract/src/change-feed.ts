import type { Static } from 'typebox'
import { changeOp, WholeFollowRecord } from './follow-write.ts'
import { Bool, Day, described, Int32, Int64, IntEnum, PartialObject, Text } from './schema.ts'
import { Type } from './type.ts'

/** Days for which deletions stay in the change feed, and deleted follow-ups can be restored (G3, W3). */
export const TOMBSTONE_DAYS = 90

/** Most changes on one page of the feed. */
export const CHANGES_LIMIT = 1000

/** Most days of one reconciliation. */
export const RECONCILE_DAYS = 31

export const FollowChangesBody = PartialObject({
  cursor: Text({
    maxLength: 512,
    zh: '上一次返回的 cursor；不传则从头读起',
    en: 'cursor of the previous response; omit it to read from the start',
  }),
  limit: Int32({
    minimum: 1,
    maximum: CHANGES_LIMIT,
    default: 100,
    zh: '一页最多几条变更；记录很长时会更少',
    en: 'most changes on a page; fewer when records are long',
  }),
})

export const FollowChangesPage = Type.Object({
  records: Type.Array(
    Type.Object({
      seq: Int64({ zh: '变更序号，按提交顺序递增', en: 'sequence number, increasing in commit order' }),
      op: changeOp,
      record: WholeFollowRecord,
    }),
    described({
      zh: '变更，按 seq 升序；record 是变更后的记录，删除时为删除前的记录',
      en: 'changes by ascending seq; record is the follow-up after the change, for a deletion the one before it',
    }),
  ),
  cursor: Text({
    zh: '下一次请求的 cursor，请与已写入的数据一起保存',
    en: 'cursor for the next request; store it together with the data',
  }),
  has_more: Bool({
    zh: '后面是否还有变更，为 true 时请立即继续读取',
    en: 'whether there are more changes; if true, continue at once',
  }),
})

export const FollowReconcileBody = Type.Object({
  follow_time_start: Day({
    zh: '跟进时间的开始日期（含），格式 yyyy-MM-dd',
    en: 'first day of the follow time, yyyy-MM-dd',
  }),
  follow_time_end: Day({
    zh: `跟进时间的结束日期（含），格式 yyyy-MM-dd；首尾合计最多 ${RECONCILE_DAYS} 天`,
    en: `last day of the follow time (inclusive), yyyy-MM-dd; at most ${RECONCILE_DAYS} days in all`,
  }),
  system: Type.Optional(
    IntEnum([0, 1], {
      zh: '0-只计员工跟进，1-只计系统跟进；不传则都计入',
      en: '0 only those by staff, 1 only those by the system; both when omitted',
    }),
  ),
})
export type FollowReconcileBody = Static<typeof FollowReconcileBody>

const sums = {
  count: Int64({ zh: '跟进条数', en: 'number of follow-ups' }),
  checksum: Text({
    zh: '跟进列表（follow/list）各字段的校验和：32 位小写十六进制，与顺序无关',
    en: 'checksum over the keys that follow/list returns: 32 lower-case hex digits, independent of order',
  }),
  whole_checksum: Text({
    zh: '变更流中完整记录的校验和',
    en: 'checksum over the whole records of the change feed',
  }),
}

export const FollowReconcileData = Type.Object({
  seq: Int64({
    zh: '已计入的最后一个变更的序号：先把变更流读到此处，再比较',
    en: 'sequence number of the last change included: read the change feed up to it before comparing',
  }),
  ...sums,
  days: Type.Array(
    Type.Object({
      day: Day({ zh: '日期（企业时区），yyyy-MM-dd', en: "day in the company's time zone, yyyy-MM-dd" }),
      ...sums,
    }),
    described({ zh: '范围内的每一天', en: 'each day of the range' }),
  ),
})
