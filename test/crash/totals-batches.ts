import { anyDay, CONTACTS, FOLLOW_TYPES, oneOf, STAFF, TITLES, TYPES, timeOn, times } from './test-data.ts'

/** The batches of 7 that the totals test writes: all of one batch are found by the same filters. */

export const BATCH = 7

/** What all of a batch share. */
export interface BatchFields {
  readonly day: string
  readonly user: string
  readonly type: number
  readonly followType: { readonly id: number; readonly name: string }
  readonly title: string | undefined
  readonly contact: string
}

export function anyFields(): BatchFields {
  return {
    day: anyDay(),
    user: oneOf(STAFF),
    type: oneOf(TYPES),
    followType: oneOf(FOLLOW_TYPES),
    title: Math.random() < 0.3 ? oneOf(TITLES) : undefined,
    contact: oneOf(CONTACTS),
  }
}

/** Ids of the batch of this number, from 0, where it is imported. */
export function batchIds(number: number): number[] {
  return times(BATCH, (index) => number * BATCH + index + 1)
}

/** The lines of a batch. `mark`: which write of all it is; every record of one write has the same. */
export function batchLines(number: number, fields: BatchFields, system: boolean, mark: string): object[] {
  return batchIds(number).map((id) => ({
    kind: 'follow',
    id,
    follow_user_id: fields.user,
    content: mark,
    target: { contact_id: fields.contact },
    business_type: fields.type,
    business_id: `b${number}`,
    ...(!system && { follow_type: fields.followType.id }),
    ...(fields.title !== undefined && { title: fields.title }),
    follow_time: timeOn(fields.day),
    system,
  }))
}

/** The records of a batch as follow/batchCreate takes them, about one of a few targets. */
export function batchRecords(target: string, fields: BatchFields, mark: string): object[] {
  return times(BATCH, () => ({
    target_type: fields.type,
    id: target,
    user_id: fields.user,
    contact_type: fields.followType.name,
    follow_content: mark,
    target: { contact_id: fields.contact },
    ...(fields.title !== undefined && { title: fields.title }),
    follow_time: timeOn(fields.day),
  }))
}

/** Targets of the batches that are made over HTTP. */
export const MADE_TARGETS = times(40, (index) => `h${index}`)
