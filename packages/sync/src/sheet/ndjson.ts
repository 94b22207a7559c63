import type { Writable } from 'node:stream'
import { bareInteger } from 'genjin-record'
import { LineWriter } from './blocks.ts'
import type { FollowSheetRecord } from './record.ts'
import type { SheetOptions, SheetWriter } from './table.ts'

/** Keys whose values are bare integers on the wire; the parsed record can have them as text. */
const INTEGERS = ['id', 'business_type', 'follow_type', 'follow_time']
const REMIND_INTEGERS = ['is_remind', 'time', 'before']

/** The lines that `genjin import` reads: a record as follow/list returns it, with its kind in front. */
export function openNdjson(stream: Writable, _options: SheetOptions): SheetWriter {
  const lines = new LineWriter(stream)
  return {
    write: (records) => lines.write(records, (record) => `${followLine(record)}\n`),
    end: () => lines.end(),
  }
}

/** Byte for byte what follow/list returned, except for `kind`. */
export function followLine(record: FollowSheetRecord): string {
  const line = withBare({ kind: 'follow', ...record }, INTEGERS)
  if (record.remind) line.remind = withBare(record.remind, REMIND_INTEGERS)
  return JSON.stringify(line)
}

/** A copy in the same order, with bare integers under the given keys. */
function withBare(object: object, keys: readonly string[]): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...object }
  for (const key of keys) copy[key] = bareInteger(copy[key])
  return copy
}
