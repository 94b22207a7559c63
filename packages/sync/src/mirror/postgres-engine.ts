import { ServiceError, StoreError } from 'genjin-server'
import pg from 'pg'
import type { Cell, Column, Engine, Index, Kind, Read } from './engine.ts'

const TYPES: Readonly<Record<Kind, string>> = {
  bigint: 'bigint',
  smallint: 'smallint',
  integer: 'integer',
  text: 'text',
  boolean: 'boolean',
  time: 'timestamptz',
  // Not jsonb, which sorts keys and writes numbers its own way.
  json: 'json',
  number: 'numeric',
  date: 'date',
  datetime: 'timestamp',
}

/** How long a server may take to let us in. */
const CONNECT_MS = 15_000

const SESSION = [
  'jit = off',
  // Adding a column waits for whoever reads the table, and others wait behind it: not without end.
  "lock_timeout = '60s'",
  'statement_timeout = 0',
  "datestyle = 'ISO, YMD'",
]
  .map((setting) => `SET ${setting}`)
  .join('; ')

/** Of no meaning but to be always the same: what two that open the same database at once wait for. */
const OPENING_LOCK = '7310579620446185'

/** Connects. The address can hold a password: no message has it. */
export async function openPostgres(url: string): Promise<Engine> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'genjin sync',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    // Values as the server wrote them: what they are is known here.
    types: { getTypeParser: () => String },
  } as pg.ClientConfig)
  // One that is lost fails the statement that is asked next.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(SESSION)
    await requireUtf8(client)
  } catch (error) {
    await client.end().catch(() => {})
    throw asStoreError(error)
  }
  return new PostgresEngine(client)
}

async function requireUtf8(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SHOW server_encoding')
  if (rows[0]?.server_encoding === 'UTF8') return
  throw new ServiceError(
    'paramInvalid',
    `目标数据库的编码是 ${rows[0]?.server_encoding}，须为 UTF8 / the target database's encoding is not UTF8`,
  )
}

class PostgresEngine implements Engine {
  readonly forUpdate = 'FOR UPDATE'
  readonly now = 'now()'
  readonly #client: pg.Client
  /** Names of prepared statements by their text. */
  readonly #prepared = new Map<string, string>()

  constructor(client: pg.Client) {
    this.#client = client
  }

  quote(name: string): string {
    return pg.escapeIdentifier(name)
  }

  param(n: number, kind: Kind = 'text'): string {
    return `$${n}::${TYPES[kind]}`
  }

  objects(n: number, columns: readonly Pick<Column, 'name' | 'kind'>[]): string {
    const list = columns.map(({ name, kind }) => `${this.quote(name)} ${TYPES[kind]}`)
    return `(SELECT * FROM json_to_recordset(${this.param(n, 'json')}) AS object(${list.join(', ')}))`
  }

  async transaction<T>(fn: () => Promise<T>): Promise<T> {
    await this.run('BEGIN')
    try {
      const result = await fn()
      await this.run('COMMIT')
      return result
    } catch (error) {
      // A connection that is gone has undone it already.
      await this.run('ROLLBACK').catch(() => {})
      throw error
    }
  }

  async run(text: string, values: readonly Cell[] = []): Promise<number> {
    return (await this.#query(text, values)).rowCount ?? 0
  }

  async all(text: string, values: readonly Cell[] = []): Promise<Read[][]> {
    return (await this.#query(text, values)).rows
  }

  async hasTable(name: string): Promise<boolean> {
    const [row] = await this.all('SELECT to_regclass($1::text) IS NOT NULL', [this.quote(name)])
    return row?.[0] === 't'
  }

  async lockOpening(): Promise<void> {
    await this.run(`SELECT pg_advisory_xact_lock(${OPENING_LOCK})`)
  }

  async createTable(name: string, comment: string, columns: readonly Column[], index?: Index): Promise<void> {
    const table = this.quote(name)
    const [first, ...others] = columns.map((column) => this.#declaration(column))
    await this.run(`CREATE TABLE ${table} (${[`${first} PRIMARY KEY`, ...others].join(', ')})`)
    await this.run(`COMMENT ON TABLE ${table} IS ${pg.escapeLiteral(comment)}`)
    for (const column of columns) await this.commentColumn(name, column)
    if (!index) return
    const list = index.columns.map((column) => this.quote(column)).join(', ')
    await this.run(`CREATE INDEX ${this.quote(index.name)} ON ${table} (${list})`)
  }

  async addColumn(table: string, column: Column): Promise<void> {
    await this.run(`ALTER TABLE ${this.quote(table)} ADD COLUMN ${this.#declaration(column)}`)
    await this.commentColumn(table, column)
  }

  async retypeColumn(table: string, { name, kind }: Column): Promise<void> {
    await this.run(
      `ALTER TABLE ${this.quote(table)} ALTER COLUMN ${this.quote(name)} TYPE ${TYPES[kind]} USING NULL`,
    )
  }

  async commentColumn(table: string, { name, comment }: Column): Promise<void> {
    await this.run(
      `COMMENT ON COLUMN ${this.quote(table)}.${this.quote(name)} IS ${pg.escapeLiteral(comment)}`,
    )
  }

  async upsert(table: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Promise<void> {
    if (rows.length === 0) return
    const names = columns.map(({ name }) => this.quote(name))
    const setting = names.slice(1).map((name) => `${name} = excluded.${name}`)
    await this.run(
      `INSERT INTO ${this.quote(table)} (${names.join(', ')}) SELECT ${casts(columns)} FROM ${records(columns)} ON CONFLICT (${names[0]}) DO UPDATE SET ${setting.join(', ')}`,
      [recordsText(rows)],
    )
  }

  async update(table: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Promise<void> {
    const others = columns.slice(1).map(({ name }) => this.quote(name))
    const setting = others.map((name, index) => `${name} = c${index + 1}`)
    // Rows that stay as they are need not be written: few do change when an option is renamed.
    const differ = others.map((name, index) => `${name} IS DISTINCT FROM c${index + 1}`)
    await this.run(
      `UPDATE ${this.quote(table)} SET ${setting.join(', ')} FROM ${records(columns)} WHERE id = c0 AND (${differ.join(' OR ')})`,
      [recordsText(rows)],
    )
  }

  async remove(table: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.run(`DELETE FROM ${this.quote(table)} WHERE id = ANY ($1::text::bigint[])`, [
      `{${ids.join(',')}}`,
    ])
  }

  select({ name, kind }: Column): string {
    // Numeric, not double precision: exact.
    if (kind === 'time') return `(extract(epoch FROM ${this.quote(name)}) * 1000)::bigint`
    return this.quote(name)
  }

  comparable({ name, kind }: Column, of: string): string {
    return `${of}${this.quote(name)}${kind === 'json' ? '::text' : ''}`
  }

  json(kind: Kind, value: Read | undefined): string {
    if (value === null || value === undefined) return 'null'
    if (kind === 'text') return JSON.stringify(value)
    if (kind === 'boolean') return value === 't' ? 'true' : 'false'
    return String(value)
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {})
  }

  #declaration({ name, kind, notNull }: Column): string {
    return `${this.quote(name)} ${TYPES[kind]}${notNull ? ' NOT NULL' : ''}`
  }

  /** Statements with values are prepared: these come again and again. */
  async #query(text: string, values: readonly Cell[]): Promise<pg.QueryArrayResult<Read[]>> {
    try {
      return await this.#client.query<Read[]>({
        text,
        rowMode: 'array',
        ...(values.length > 0 && { values: [...values], name: this.#nameOf(text) }),
      })
    } catch (error) {
      throw asStoreError(error)
    }
  }

  #nameOf(text: string): string {
    let name = this.#prepared.get(text)
    if (name === undefined) {
      name = `s${this.#prepared.size}`
      this.#prepared.set(text, name)
    }
    return name
  }
}

/** Rows go over as one JSON list of objects with the keys c0, c1, …: one value to bind, and none where a cell is null. */
function recordsText(rows: readonly (readonly Cell[])[]): string {
  const objects = rows.map((row) => {
    const object: Record<string, Cell> = {}
    for (const [index, cell] of row.entries()) if (cell !== null) object[`c${index}`] = cell
    return object
  })
  return JSON.stringify(objects)
}

function records(columns: readonly Column[]): string {
  // JSON inside JSON comes as text: as json it would keep its quotes.
  const list = columns.map(({ kind }, index) => `c${index} ${kind === 'json' ? 'text' : TYPES[kind]}`)
  return `json_to_recordset($1::json) AS record(${list.join(', ')})`
}

function casts(columns: readonly Column[]): string {
  return columns.map(({ kind }, index) => `c${index}${kind === 'json' ? '::json' : ''}`).join(', ')
}

/** lock_not_available, deadlock_detected */
const BUSY = new Set(['55P03', '40P01'])

function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ServiceError || error instanceof StoreError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  if (BUSY.has(code)) {
    return new StoreError('busy', '目标正被另一个会话占用 / the target is held by another session', error)
  }
  return new StoreError(
    'unavailable',
    `目标数据库无法使用 / the target database cannot be used: ${message || code}`,
    error,
  )
}
