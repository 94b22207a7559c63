import type { WholeFollowRecord } from 'genjin-client'
import type { RawNumber } from 'genjin-record'

/** An int64 of the feed: its digits, or whatever its reader parsed it to. */
export type Integer = string | number | bigint | RawNumber

type Remind = NonNullable<WholeFollowRecord['remind']>

/** A record of follow/changes, with numbers inside `field_map` kept exactly (`parseExact`). */
export type WholeRecord = Omit<
  Readonly<WholeFollowRecord>,
  'id' | 'business_type' | 'follow_type' | 'attachment_list' | 'remind'
> & {
  readonly id: Integer
  readonly business_type: Integer
  readonly follow_type: Integer | null
  readonly attachment_list: readonly unknown[]
  readonly remind:
    | (Omit<Remind, 'is_remind' | 'before'> & { is_remind: number | null; before: Integer | null })
    | null
}
