import { readFileSync } from 'node:fs'
import { fileText, type PostgresAddress, postgresOptions } from 'genjin-record'
import pg from 'pg'
import { refused, SyncError } from '../error.ts'
import { type Cell, type Column, Engine, type Kind, type Read, type Rows } from './engine.ts'

const TYPES: Readonly<Record<Kind, string>> = {
  bigint: 'bigint',
  smallint: 'smallint',
  integer: 'integer',
  text: 'text',
  boolean: 'boolean',
  time: 'timestamptz',
  // Not jsonb, which sorts keys and rewrites numbers.
  json: 'json',
  number: 'numeric',
  date: 'date',
  datetime: 'timestamp',
}

/** Longest wait for a connection. */
const CONNECT_MS = 15_000

/** Longest wait for another writer. */
const LOCK = "lock_timeout = '60s'"

/**
 * Longest wait for readers before a table is altered. Sessions that begin to read meanwhile wait behind it: a long transaction
 * of one reader must not stop all others.
 */
const ALTER_LOCK = "lock_timeout = '1500ms'"

const SESSION = ['jit = off', LOCK, 'statement_timeout = 0', "datestyle = 'ISO, YMD'"]
  .map((setting) => `SET ${setting}`)
  .join('; ')

/** What depends on a column: a view through its rule, the others directly. */
const USERS = `SELECT DISTINCT coalesce(
    (SELECT CASE of.relkind WHEN 'm' THEN 'materialized view ' WHEN 'v' THEN 'view ' ELSE 'rule on ' END || of.oid::regclass
      FROM pg_rewrite AS rule JOIN pg_class AS of ON of.oid = rule.ev_class
      WHERE d.classid = 'pg_rewrite'::regclass AND rule.oid = d.objid),
    pg_describe_object(d.classid, d.objid, d.objsubid)) AS name
  FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1::text) AND a.attname = $2::text
  ORDER BY name LIMIT 10`

/** Any number, as long as it never changes: the lock that two processes opening the same database contend for. */
const OPENING_LOCK = '7310579620446185'

/** Connects. The address can hold a password: no message repeats it. */
export async function openPostgres(address: PostgresAddress): Promise<Engine> {
  const client = new pg.Client({
    ...postgresOptions(address, readPem),
    application_name: 'genjin sync',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    // Values stay text: numbers and times must not lose digits.
    types: { getTypeParser: () => String },
  } as pg.ClientConfig)
  // A lost connection is reported by the next statement.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(SESSION)
    await requireUtf8(client)
  } catch (error) {
    await client.end().catch(() => {})
    throw asSyncError(error)
  }
  return new PostgresEngine(client)
}

function readPem(path: string): string {
  try {
    return fileText(readFileSync(path))
  } catch (error) {
    throw refused(
      `--to 中的证书文件 ${path} 无法读取：请检查路径与权限 / a certificate file of --to cannot be read: check path and permissions`,
      error,
    )
  }
}

async function requireUtf8(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SHOW server_encoding')
  if (rows[0]?.server_encoding === 'UTF8') return
  throw refused(
    `目标数据库的编码是 ${rows[0]?.server_encoding}，须为 UTF8 / the target database's encoding is not UTF8`,
  )
}

class PostgresEngine extends Engine {
  protected readonly types = TYPES
  protected readonly tableOptions = ''
  readonly forUpdate = 'FOR UPDATE'
  readonly now = 'now()'
  readonly #client: pg.Client
  /** Names of prepared statements by their text. */
  readonly #prepared = new Map<string, string>()

  constructor(client: pg.Client) {
    super()
    this.#client = client
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
      // Fails on a lost connection, whose transaction the server has rolled back.
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

  override async lockOpening(): Promise<void> {
    await this.run(`SELECT pg_advisory_xact_lock(${OPENING_LOCK})`)
  }

  override attempt(fn: () => Promise<void>): Promise<Error | undefined> {
    return super.attempt(async () => {
      await this.run(`SET LOCAL ${ALTER_LOCK}`)
      await fn()
      await this.run(`SET LOCAL ${LOCK}`)
    })
  }

  async usersOf(table: string, column: string): Promise<string[]> {
    const rows = await this.all(USERS, [this.quote(table), column])
    return rows.map(([name]) => String(name))
  }

  async retypeColumn(table: string, { name, kind }: Column): Promise<void> {
    await this.run(
      `ALTER TABLE ${this.quote(table)} ALTER COLUMN ${this.quote(name)} TYPE ${TYPES[kind]} USING NULL`,
    )
  }

  override async commentTable(table: string, comment: string): Promise<void> {
    await this.run(`COMMENT ON TABLE ${this.quote(table)} IS ${pg.escapeLiteral(comment)}`)
  }

  override async commentColumn(table: string, { name, comment }: Column): Promise<void> {
    await this.run(
      `COMMENT ON COLUMN ${this.quote(table)}.${this.quote(name)} IS ${pg.escapeLiteral(comment)}`,
    )
  }

  async upsert(table: string, columns: readonly Column[], rows: Rows): Promise<void> {
    if (rows.length === 0) return
    const source = `SELECT ${casts(columns)} FROM ${records(columns)}`
    await this.run(this.upsertText(table, columns, source), [recordsText(rows)])
  }

  async update(table: string, columns: readonly Column[], rows: Rows): Promise<void> {
    const others = columns.slice(1).map(({ name }) => this.quote(name))
    const setting = others.map((name, index) => `${name} = c${index + 1}`)
    // Unchanged rows are not written again: renaming an option changes few.
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

  override select(column: Column): string {
    const name = super.select(column)
    // extract returns numeric, not double precision: exact.
    return column.kind === 'time' ? `(extract(epoch FROM ${name}) * 1000)::bigint` : name
  }

  /** As text where it is json, which PostgreSQL cannot compare. */
  override comparable(column: Column, of: string): string {
    return `${super.comparable(column, of)}${column.kind === 'json' ? '::text' : ''}`
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

  /** Statements with values are prepared: the same few come again and again. */
  async #query(text: string, values: readonly Cell[]): Promise<pg.QueryArrayResult<Read[]>> {
    try {
      return await this.#client.query<Read[]>({
        text,
        rowMode: 'array',
        ...(values.length > 0 && { values: [...values], name: this.#nameOf(text) }),
      })
    } catch (error) {
      throw asSyncError(error)
    }
  }

  #nameOf(text: string): string {
    const name = this.#prepared.get(text) ?? `s${this.#prepared.size}`
    this.#prepared.set(text, name)
    return name
  }
}

/** Rows travel as one JSON list of objects with the keys c0, c1, …; cells that are null are left out. */
function recordsText(rows: Rows): string {
  const objects = rows.map((row) => {
    const object: Record<string, Cell> = {}
    for (const [index, cell] of row.entries()) if (cell !== null) object[`c${index}`] = cell
    return object
  })
  return JSON.stringify(objects)
}

function records(columns: readonly Column[]): string {
  // JSON inside JSON is declared as text: declared as json it would keep its quotes.
  const list = columns.map(({ kind }, index) => `c${index} ${kind === 'json' ? 'text' : TYPES[kind]}`)
  return `json_to_recordset($1::json) AS record(${list.join(', ')})`
}

function casts(columns: readonly Column[]): string {
  return columns.map(({ kind }, index) => `c${index}${kind === 'json' ? '::json' : ''}`).join(', ')
}

/** lock_not_available, deadlock_detected */
const BUSY = new Set(['55P03', '40P01'])

/**
 * What people add to a table can refuse rows: not_null_violation, foreign_key_violation, unique_violation, check_violation,
 * exclusion_violation, raise_exception of a trigger, and program_limit_exceeded, of an index on a text that is too long for it.
 * The database's message names it.
 */
const REFUSING = new Set(['23502', '23503', '23505', '23514', '23P01', 'P0001', '54000'])

function asSyncError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SyncError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  if (BUSY.has(code)) {
    return new SyncError('busy', '目标正被另一个会话占用 / the target is held by another session', error)
  }
  if (REFUSING.has(code)) {
    return new SyncError(
      'unavailable',
      `目标不接受来源的数据（${message}）：请删除在同步的表上自行建立的约束、外键、索引、触发器或必填的列，再次同步 / the target does not take the source's data (${message}): drop the constraint, foreign key, index, trigger or NOT NULL column that was added to the synced table, and sync again`,
      error,
    )
  }
  return new SyncError(
    'unavailable',
    `目标数据库无法使用 / the target database cannot be used: ${message || code}`,
    error,
  )
}
