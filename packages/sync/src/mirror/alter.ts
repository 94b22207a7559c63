import { SyncError } from '../error.ts'
import { type CustomColumn, columnOf, type Layout, type LayoutChange } from './custom-columns.ts'
import { KIND_OF } from './custom-values.ts'
import type { Column, Engine } from './engine.ts'

/** What became of a change of columns. */
export interface Altered {
  /** What the tables have now: as it was where they could not be altered. */
  readonly layout: Layout
  /** Columns that had to wait because another session uses a table. */
  readonly waiting: readonly string[]
  /** Why columns were not altered that something of the user's own depends on, and the way out. */
  readonly refusals: readonly string[]
}

/**
 * Alters the tables, column by column, as far as they can be altered now: people make views, indexes and policies on them,
 * and read them in long transactions. After the first wait for another session nothing else is tried.
 *
 * @param isWaiting whether a wait has failed before in this run
 */
export async function alterTables(
  engine: Engine,
  tables: readonly string[],
  change: LayoutChange,
  was: Layout,
  isWaiting: boolean,
): Promise<Altered> {
  const kept = new Set<string>()
  const waiting: string[] = []
  const refusals: string[] = []
  for (const [column, alter] of alterations(engine, change)) {
    if (kept.has(column.key)) continue
    const failure =
      isWaiting || waiting.length > 0 ? 'busy' : await attemptIn(engine, tables, columnOf(column), alter)
    if (failure === undefined) continue
    kept.add(column.key)
    if (failure === 'busy') waiting.push(column.column)
    else refusals.push(await refusalOf(engine, tables[0] as string, column, was, failure))
  }
  return { layout: change.layout.except(kept, was), waiting, refusals }
}

type Alteration = (table: string, column: Column) => Promise<void>

function alterations(
  engine: Engine,
  { added, retyped, renamed }: LayoutChange,
): (readonly [CustomColumn, Alteration])[] {
  const add: Alteration = (table, column) => engine.addColumn(table, column)
  const retype: Alteration = (table, column) => engine.retypeColumn(table, column)
  const comment: Alteration = (table, column) => engine.commentColumn(table, column)
  return [
    ...added.map((column) => [column, add] as const),
    ...retyped.map((column) => [column, retype] as const),
    ...renamed.map((column) => [column, comment] as const),
  ]
}

async function attemptIn(
  engine: Engine,
  tables: readonly string[],
  column: Column,
  alter: Alteration,
): Promise<Error | 'busy' | undefined> {
  const failure = await engine.attempt(async () => {
    for (const table of tables) await alter(table, column)
  })
  return failure instanceof SyncError && failure.kind === 'busy' ? 'busy' : failure
}

async function refusalOf(
  engine: Engine,
  table: string,
  column: CustomColumn,
  was: Layout,
  failure: Error,
): Promise<string> {
  const { column: name, type } = column
  const present = was.columns.find(({ key }) => key === column.key)
  const found = present ? await engine.usersOf(table, name, failure) : []
  const [users, usersEn] = [found.join('、'), found.join(', ')]
  const reason = (failure.cause as Error | undefined)?.message ?? failure.message
  if (!present) {
    return `表 ${table} 未能增加列 ${name}（${reason}）：其余数据已同步，该字段的值在 field_map 中；排除原因后再次同步即会补上 / column ${name} cannot be added to ${table} (${reason}): everything else is synced, its values are in field_map; remove the cause and sync again`
  }
  const [from, to] = [KIND_OF[present.type], KIND_OF[type]]
  const [by, byEn] = users ? [`${users} 使用了它`, `${usersEn} uses it`] : [reason, reason]
  const [out, outEn] = users ? [`删除 ${users}`, `drop ${usersEn}`] : ['排除该原因', 'remove the cause']
  return `表 ${table} 的列 ${name} 未能由 ${from} 改为 ${to}：${by}。其余数据已同步，此列仍按原来的类型写入；请先${out}，同步一次，再重新建立 / column ${name} of ${table} cannot be changed from ${from} to ${to}: ${byEn}; everything else is synced, and this column is written with its former type: ${outEn}, sync once, create it again`
}
