import type { Engine } from './databases.ts'

/** The conditions of a page, written out: nothing of genjin's own SQL. */
export interface BareFilter {
  readonly type?: number
  readonly from?: number
  readonly before?: number
  readonly followType?: number
  readonly users?: readonly string[]
  readonly target?: string
  readonly ids?: readonly string[]
}

/** The last record of the page before. */
export interface Key {
  readonly time: number
  readonly id: string
}

export interface BarePage {
  readonly filter: BareFilter
  readonly limit: number
  /** Where the page begins: behind this record, or after so many. */
  readonly after?: Key | undefined
  readonly offset?: number
}

type Value = string | number | bigint | readonly string[]

/** A statement, its values as the engine takes them. */
export interface Statement {
  readonly text: string
  readonly values: readonly Value[]
}

/** The statement of a page of a company's list, written for the engine. */
export function pageSql(engine: Engine, corp: number, page: BarePage): Statement {
  const { where, values, bind } = conditionsOf(engine, corp, page)
  // Key before and after: what the next page begins behind.
  const text = `SELECT f.head, m.name, f.tail, f.follow_time, CAST(f.id AS TEXT) FROM follow f
    LEFT JOIN follow_type m ON m.corp = f.corp AND m.id = f.follow_type
    WHERE ${where} ORDER BY f.follow_time DESC, f.id DESC LIMIT ${page.limit}`
  return { text: page.offset === undefined ? text : `${text} OFFSET ${bind(page.offset)}`, values }
}

/** The statement of the number of all records. */
export function countSql(engine: Engine, corp: number, page: BarePage): Statement {
  const { where, values } = conditionsOf(engine, corp, page)
  return { text: `SELECT COUNT(*) FROM follow f WHERE ${where}`, values }
}

function conditionsOf(engine: Engine, corp: number, { filter, after }: BarePage) {
  const values: Value[] = []
  const bind = (value: Value) => {
    values.push(value)
    return engine === 'postgres' ? `$${values.length}` : '?'
  }
  const among = (list: readonly string[]) =>
    engine === 'postgres'
      ? `= ANY(${bind(list)})`
      : `IN (SELECT value FROM json_each(${bind(JSON.stringify(list))}))`
  const where = [`f.corp = ${bind(corp)}`, 'f.system = 0']
  if (filter.type !== undefined) where.push(`f.business_type = ${bind(filter.type)}`)
  if (filter.from !== undefined) where.push(`f.follow_time >= ${bind(filter.from)}`)
  if (filter.before !== undefined) where.push(`f.follow_time < ${bind(filter.before)}`)
  if (filter.followType !== undefined) where.push(`f.follow_type = ${bind(filter.followType)}`)
  if (filter.users?.length === 1) where.push(`f.follow_user_id = ${bind(filter.users[0] as string)}`)
  else if (filter.users) where.push(`f.follow_user_id ${among(filter.users)}`)
  if (filter.target !== undefined) {
    const own = `SELECT t.id FROM follow_target t WHERE t.corp = f.corp AND t.system = 0`
    where.push(`f.id IN (${own} AND t.target_id = ${bind(filter.target)})`)
  }
  if (filter.ids) {
    where.push(
      engine === 'postgres'
        ? `f.id = ANY(${bind(filter.ids)}::bigint[])`
        : `f.id IN (SELECT CAST(value AS INTEGER) FROM json_each(${bind(JSON.stringify(filter.ids))}))`,
    )
  }
  if (after) where.push(`(f.follow_time, f.id) < (${bind(after.time)}, ${bind(BigInt(after.id))})`)
  return { where: where.join(' AND '), values, bind }
}
