import type { Writable } from 'node:stream'
import { LineWriter } from './blocks.ts'
import type { FollowSheetRecord } from './record.ts'
import type { SheetOptions, SheetWriter } from './table.ts'

/** Keys whose values are bare integers on the wire; the parsed record can have them as text. */
const INTEGERS = new Set(['id', 'business_type', 'follow_type', 'follow_time'])
const REMIND_INTEGERS = new Set(['is_remind', 'time', 'before'])

/** The lines that `genjin import` reads: a record as follow/list returns it, with its kind in front. */
export function openNdjson(stream: Writable, _options: SheetOptions): SheetWriter {
  const lines = new LineWriter(stream)
  return {
    write: (records) => lines.writeRows(records, (record) => `${followLine(record)}\n`),
    end: async () => ({ rows: lines.rows, shortened: 0 }),
  }
}

/** Byte for byte what follow/list returned, except for `kind`. */
export function followLine(record: FollowSheetRecord): string {
  return `{"kind":"follow",${objectText(record, INTEGERS).slice(1)}`
}

/** JSON with the keys in the order of the object, and text under the given keys as bare integers. */
function objectText(object: object, integers: ReadonlySet<string>): string {
  const members: string[] = []
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue
    const text =
      key === 'remind' && value !== null
        ? objectText(value, REMIND_INTEGERS)
        : integers.has(key)
          ? bareInteger(value)
          : JSON.stringify(value)
    members.push(`${JSON.stringify(key)}:${text}`)
  }
  return `{${members.join(',')}}`
}

function bareInteger(value: unknown): string {
  return typeof value === 'string' || typeof value === 'bigint'
    ? BigInt(value).toString()
    : JSON.stringify(value)
}
