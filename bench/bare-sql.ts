import type { BarePage } from './bare-order.ts'
import type { Engine } from './databases.ts'

/** A statement, its values as the engine takes them. */
export interface Statement {
  readonly text: string
  readonly values: readonly (string | number | bigint | readonly string[])[]
}

/** Puts statements of one company's list together, written for the engine. */
export class BareSql {
  readonly #engine: Engine
  readonly #corp: number

  constructor(engine: Engine, corp: number) {
    this.#engine = engine
    this.#corp = corp
  }

  page(page: BarePage): Statement {
    const values: (string | number | bigint | readonly string[])[] = []
    const where = this.#where(page, values)
    // Key before and after: what the next page begins behind.
    const text = `SELECT f.head, m.name, f.tail, f.follow_time, CAST(f.id AS TEXT) FROM follow f
      LEFT JOIN follow_type m ON m.corp = f.corp AND m.id = f.follow_type
      WHERE ${where} ORDER BY f.follow_time DESC, f.id DESC LIMIT ${page.limit}`
    if (page.offset === undefined) return { text, values }
    return { text: `${text} OFFSET ${this.#bind(values, page.offset)}`, values }
  }

  count(page: BarePage): Statement {
    const values: (string | number | bigint | readonly string[])[] = []
    return { text: `SELECT COUNT(*) FROM follow f WHERE ${this.#where(page, values)}`, values }
  }

  #where({ filter, after }: BarePage, values: (string | number | bigint | readonly string[])[]): string {
    const bind = (value: string | number | bigint) => this.#bind(values, value)
    const where = [`f.corp = ${bind(this.#corp)}`, 'f.system = 0']
    if (filter.type !== undefined) where.push(`f.business_type = ${bind(filter.type)}`)
    if (filter.from !== undefined) where.push(`f.follow_time >= ${bind(filter.from)}`)
    if (filter.before !== undefined) where.push(`f.follow_time < ${bind(filter.before)}`)
    if (filter.followType !== undefined) where.push(`f.follow_type = ${bind(filter.followType)}`)
    if (filter.users?.length === 1) where.push(`f.follow_user_id = ${bind(filter.users[0] as string)}`)
    else if (filter.users) where.push(`f.follow_user_id ${this.#among(values, filter.users)}`)
    if (after) where.push(`(f.follow_time, f.id) < (${bind(after.time)}, ${bind(BigInt(after.id))})`)
    return where.join(' AND ')
  }

  #among(values: unknown[], list: readonly string[]): string {
    if (this.#engine === 'postgres') return `= ANY($${values.push(list)})`
    values.push(JSON.stringify(list))
    return 'IN (SELECT value FROM json_each(?))'
  }

  #bind(values: unknown[], value: string | number | bigint): string {
    values.push(value)
    return this.#engine === 'postgres' ? `$${values.length}` : '?'
  }
}
