/** What a column holds. Each engine has its own type for it. */
export type Kind =
  | 'bigint'
  | 'smallint'
  | 'integer'
  | 'text'
  | 'boolean'
  /** An instant, passed as ISO 8601 in UTC with milliseconds. */
  | 'time'
  /** JSON whose text must not change. */
  | 'json'
  | 'number'
  | 'date'
  /** Local date and time of day, without a time zone. */
  | 'datetime'

/** A value on its way into a column; an int64 or a long decimal as its digits. */
export type Cell = string | number | boolean | null

export type Rows = readonly (readonly Cell[])[]

/** A value as the driver returns it. */
export type Read = string | number | bigint | null

export interface Column {
  readonly name: string
  readonly kind: Kind
  readonly comment: string
  readonly notNull?: boolean
}

/** A database that holds a mirror: what the engines share, and what each does in its own way. One call at a time. */
export abstract class Engine {
  protected abstract readonly types: Readonly<Record<Kind, string>>
  /** What follows the column list of CREATE TABLE. */
  protected abstract readonly tableOptions: string
  /** The present instant, of the type of `time`. */
  abstract readonly now: string
  /** At the end of a SELECT in a transaction: waits for a writer of the same rows, and locks them. */
  abstract readonly forUpdate: string

  /** The nth value of a statement, from 1. */
  abstract param(n: number, kind?: Kind): string
  /** A row source for FROM made of the nth value, a JSON list of objects. */
  abstract objects(n: number, columns: readonly Pick<Column, 'name' | 'kind'>[]): string
  /** Runs `fn` in a transaction that excludes other writers of this table, and rolls back when it throws. */
  abstract transaction<T>(fn: () => Promise<T>): Promise<T>
  /** Returns the number of rows that changed. */
  abstract run(text: string, values?: readonly Cell[]): Promise<number>
  abstract all(text: string, values?: readonly Cell[]): Promise<Read[][]>
  abstract hasTable(name: string): Promise<boolean>
  /** What a failure to alter a column names: views, indexes and others that use the column. */
  abstract usersOf(table: string, column: string, failure: Error): Promise<string[]>
  /** Gives a column another type; its values become NULL. */
  abstract retypeColumn(table: string, column: Column): Promise<void>
  /** Inserts rows, or replaces those with the same id, which is the first column. */
  abstract upsert(table: string, columns: readonly Column[], rows: Rows): Promise<void>
  /** Sets columns of existing rows. The first column is the id. */
  abstract update(table: string, columns: readonly Column[], rows: Rows): Promise<void>
  abstract remove(table: string, ids: readonly string[]): Promise<void>
  /** The JSON text of a value that was selected with `select`. */
  abstract json(kind: Kind, value: Read | undefined): string
  abstract close(): Promise<void>

  /** Keeps two processes that open the same database from both creating its tables, where `transaction` does not. */
  async lockOpening(): Promise<void> {}
  /** Comments on tables and columns, where there are any. */
  async commentTable(_table: string, _comment: string): Promise<void> {}
  async commentColumn(_table: string, _column: Column): Promise<void> {}

  /**
   * Runs `fn` within a transaction so that its failure undoes `fn` only, and returns the failure. Waits no longer for other
   * sessions than readers of the table can be made to wait.
   */
  async attempt(fn: () => Promise<void>): Promise<Error | undefined> {
    await this.run('SAVEPOINT attempt')
    try {
      await fn()
    } catch (error) {
      // Impossible when the connection is lost or the whole transaction was rolled back: then that is the failure.
      await this.run('ROLLBACK TO attempt').catch(() => {
        throw error
      })
      await this.run('RELEASE attempt')
      return error as Error
    }
    await this.run('RELEASE attempt')
    return undefined
  }

  /** How a column is selected so that `json` understands it. */
  select({ name }: Column): string {
    return this.quote(name)
  }

  /** How a column is compared. */
  comparable({ name }: Column, of: string): string {
    return `${of}${this.quote(name)}`
  }

  quote(name: string): string {
    return `"${name.replaceAll('"', '""')}"`
  }

  async createTable(name: string, comment: string, columns: readonly Column[]): Promise<void> {
    const table = this.quote(name)
    const [first, ...others] = columns.map((column) => this.#declaration(column))
    await this.run(
      `CREATE TABLE ${table} (${[`${first} PRIMARY KEY`, ...others].join(', ')})${this.tableOptions}`,
    )
    await this.commentTable(name, comment)
    for (const column of columns) await this.commentColumn(name, column)
  }

  async addColumn(table: string, column: Column): Promise<void> {
    await this.run(`ALTER TABLE ${this.quote(table)} ADD COLUMN ${this.#declaration(column)}`)
    await this.commentColumn(table, column)
  }

  /** INSERT … `source` … ON CONFLICT of the first column DO UPDATE all others. */
  upsertText(table: string, columns: readonly Column[], source: string): string {
    const names = columns.map(({ name }) => this.quote(name))
    const setting = names.slice(1).map((name) => `${name} = excluded.${name}`)
    return `INSERT INTO ${this.quote(table)} (${names.join(', ')}) ${source} ON CONFLICT (${names[0]}) DO UPDATE SET ${setting.join(', ')}`
  }

  #declaration({ name, kind, notNull }: Column): string {
    return `${this.quote(name)} ${this.types[kind]}${notNull ? ' NOT NULL' : ''}`
  }
}
