import { zoneOf } from 'genjin-record'
import { type Sum, Summing } from '../reconcile.ts'
import type { Engine, Read } from './engine.ts'
import { lineSum, recordSelect, recordText, rowTexts } from './record-columns.ts'

/** Count and `whole_checksum` of a day. */
export interface DaySum extends Sum {
  /** `yyyy-MM-dd` */
  readonly day: string
}

/** Characters to read at once, estimated from the rows before. */
const BATCH_CHARACTERS = 2 * 1024 * 1024
const MOST_ROWS = 2_000

/** Reads rows in batches of a size that their length allows. Ends when `ask` returns none. */
export async function* inBatches(
  ask: (last: readonly Read[] | undefined, limit: number) => Promise<Read[][]>,
): AsyncGenerator<Read[][], void, undefined> {
  let limit = 64
  let last: readonly Read[] | undefined
  for (;;) {
    const rows = await ask(last, limit)
    last = rows.at(-1)
    if (last === undefined) return
    yield rows
    const each = charactersOf(rows) / rows.length
    limit = Math.max(1, Math.min(MOST_ROWS, 4 * limit, Math.floor(BATCH_CHARACTERS / each)))
  }
}

function charactersOf(rows: readonly Read[][]): number {
  let characters = 1
  for (const row of rows) for (const value of row) characters += typeof value === 'string' ? value.length : 8
  return characters
}

/** Puts every record of the table together again and sums the checksums by day: a stored sum could hide a change. */
export async function* daySums(
  engine: Engine,
  table: string,
  timeZone: string,
): AsyncGenerator<DaySum, void, undefined> {
  const zone = zoneOf(timeZone)
  let day = ''
  let end = Number.NEGATIVE_INFINITY
  let summing = new Summing()
  for await (const rows of inBatches((last, limit) => rowsByTime(engine, table, last, limit))) {
    for (const row of rows) {
      const texts = rowTexts(engine, row)
      const time = Number(texts.follow_time)
      if (time >= end) {
        if (summing.count > 0) yield { day, ...summing.sum }
        day = zone.dayOf(time)
        end = zone.endOfDay(day)
        summing = new Summing()
      }
      summing.addSum({ count: 1, checksum: lineSum(recordText(texts, false)) })
    }
  }
  if (summing.count > 0) yield { day, ...summing.sum }
}

function rowsByTime(
  engine: Engine,
  table: string,
  last: readonly Read[] | undefined,
  limit: number,
): Promise<Read[][]> {
  const texts = last && rowTexts(engine, last)
  const after = texts ? new Date(Number(texts.follow_time)).toISOString() : '0001-01-01T00:00:00.000Z'
  return engine.all(
    `SELECT ${recordSelect(engine)} FROM ${engine.quote(table)} WHERE (follow_time, id) > (${engine.param(1, 'time')}, ${engine.param(2, 'bigint')}) ORDER BY follow_time, id LIMIT ${engine.param(3, 'bigint')}`,
    [after, texts?.id ?? '0', limit],
  )
}
