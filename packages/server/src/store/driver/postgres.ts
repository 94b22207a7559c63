import { parsePostgresAddress } from 'genjin-record'
import type pg from 'pg'
import sql, { raw } from 'sql-template-tag'
import { Cleanup } from '../../cleanup.ts'
import { StoreError } from '../../errors.ts'
import { loadMigrations } from '../migrate.ts'
import type { Dialect, Driver, DriverWriteTx, Row } from '../port.ts'
import { EXPENSIVE_LINE, FairQueue, LONG_LINE, SHORT_LINE } from './fair-queue.ts'
import { GroupCommit } from './group-commit.ts'
import { rowsJson } from './json-list.ts'
import { Batch } from './postgres-batch.ts'
import { isAborted, translate } from './postgres-errors.ts'
import { openLink, type PostgresLink } from './postgres-link.ts'
import { openReplica, type Replica } from './postgres-replica.ts'
import { askEach, boundTo, commit, end, lock, runOn, statements } from './postgres-statements.ts'

const dialect: Dialect = {
  name: 'postgres',
  placeholders: 'text',
  pipelines: true,
  isOneOf: (column, values) => sql`${column} = ANY(${values})`,
  // JSONB is parsed once (2,000 staff in 4 ms; JSON, parsed per entry, 12 ms), and its numbers are NUMERIC: int64 is exact.
  rowsOf: (rows, columns) => {
    const entries = Object.entries(columns).map(([name, type], at) =>
      type === 'integer' ? `CAST(entry ->> ${at} AS BIGINT) AS ${name}` : `entry ->> ${at} AS ${name}`,
    )
    return sql`(SELECT ${raw(entries.join(', '))} FROM jsonb_array_elements(CAST(${rowsJson(rows)} AS JSONB)) AS list (entry))`
  },
  insertion: ({ table, columns, conflict = '' }) => {
    const lists = Object.values(columns).map(
      (type, at) => `CAST($${at + 2} AS ${type === 'integer' ? 'BIGINT' : 'TEXT'}[])`,
    )
    // Beside the row of the company, so that it is one statement for Citus, on the node of the company; a SELECT of lists
    // alone becomes a COPY there, which row-level security forbids.
    return `INSERT INTO ${table} (corp, ${Object.keys(columns).join(', ')})
      SELECT s.corp, l.* FROM corp_state s CROSS JOIN unnest(${lists.join(', ')}) l WHERE s.corp = $1 ${conflict}`
  },
  joined: (text, separator, order) => sql`string_agg(${text}, ${separator} ORDER BY ${order})`,
  rowKey: sql`f.id`,
  orderedJoin: sql`JOIN`,
  bytes: (text) => text,
  // The start of the server, to the microsecond, and the database's name.
  identity: () =>
    sql`SELECT CAST(extract(epoch FROM pg_postmaster_start_time()) AS TEXT), current_database()`,
  tableExists: (name) => sql`SELECT 1 WHERE to_regclass(${name}) IS NOT NULL`,
}

export interface PostgresOptions {
  readonly url: string
  /** A streaming replica of it, to read from. */
  readonly readUrl?: string | undefined
  /** `sslmode` of addresses that have none. */
  readonly sslMode?: string | undefined
  /** Connections at most to each of them, beside one that watches. */
  readonly connections: number
  /** Whether an empty database will do; otherwise StoreError `missing` is thrown. */
  readonly create?: boolean
}

/** The oldest version that the test suite is run on. */
const OLDEST_VERSION = 150_000

/** A number that no other program's advisory lock is likely to have. */
const EXCLUSIVE_LOCK = 7_165_013_902

/**
 * PostgreSQL. Statements are named, so that each is parsed once per connection. A read is one snapshot (L12). Writers of a
 * company take turns, across processes by the lock on its row in corp_state; those of one process share batches, so that
 * they hold one connection and pay for one commit. Each transaction sets its company for row-level security.
 */
export async function openPostgres(options: PostgresOptions): Promise<Driver> {
  const { url, readUrl, sslMode, connections, create = true } = options
  await using cleanup = new Cleanup()
  // A primary that has become a standby counts as down: it accepts no writes, and may be behind.
  const question = 'SELECT NOT pg_is_in_recovery()'
  const primary = await openLink({ address: parsePostgresAddress(url, sslMode), connections, question })
  cleanup.defer(() => primary.close())
  const warnings = await warningsOf(primary)
  if (!create) await requireSchema(primary)
  let replica: Replica | undefined
  if (readUrl !== undefined) {
    const opened = await openReplica(parsePostgresAddress(readUrl, sslMode), connections, primary)
    cleanup.defer(() => opened.close())
    replica = opened
    if (!replica.up) warnings.push(NO_REPLICA)
  }
  const kept = cleanup.move()
  return new PostgresDriver(primary, replica, connections, warnings, () => kept[Symbol.asyncDispose]())
}

const NO_REPLICA =
  'GENJIN_READ_DATABASE 没有响应，或不是这个数据库的副本，查询暂由主库完成 / GENJIN_READ_DATABASE does not answer, or is no replica of this database: queries go to the primary for now'

async function warningsOf(link: PostgresLink): Promise<string[]> {
  const client = await link.connect()
  try {
    const { rows } = await client.query({
      text: `SELECT current_setting('server_version_num')::INTEGER, current_setting('server_encoding'),
        rolsuper OR rolbypassrls, current_setting('synchronous_commit') FROM pg_roles WHERE rolname = current_user`,
      rowMode: 'array',
    })
    const [version, encoding, bypasses, synchronous] = rows[0] as [number, string, boolean, string]
    if (version < OLDEST_VERSION) {
      throw new StoreError(
        'unavailable',
        '须用 PostgreSQL 15 或更新的版本 / PostgreSQL 15 or newer is needed',
      )
    }
    if (encoding !== 'UTF8') {
      throw new StoreError(
        'unavailable',
        `数据库的编码是 ${encoding}，须为 UTF8：请用 ENCODING 'UTF8' 新建数据库 / the database must be made with ENCODING 'UTF8'`,
      )
    }
    return [
      ...(bypasses
        ? [
            '数据库角色是超级用户或有 BYPASSRLS，行级安全对它无效：请换用普通角色 / row-level security does not hold for this role: use one that is no superuser and has no BYPASSRLS',
          ]
        : []),
      ...(synchronous === 'off'
        ? [
            'synchronous_commit 为 off，断电会丢失已返回成功的写入，从副本也可能查不到它们：请改为 on / synchronous_commit is off: a power loss takes acknowledged writes with it, and a replica may not show them; set it to on',
          ]
        : []),
    ]
  } catch (error) {
    throw translate(error)
  } finally {
    client.release()
  }
}

async function requireSchema(link: PostgresLink): Promise<void> {
  const client = await link.connect()
  try {
    const { rows } = await client.query("SELECT to_regclass('schema_migration') AS found")
    if (rows[0]?.found === null) throw new StoreError('missing', 'the database has no tables of genjin')
  } catch (error) {
    throw translate(error)
  } finally {
    client.release()
  }
}

class PostgresDriver implements Driver {
  readonly dialect = dialect
  readonly migrations = loadMigrations('postgres')
  readonly warnings: readonly string[]
  readonly #primary: PostgresLink
  readonly #replica: Replica | undefined
  readonly #close: () => Promise<void>
  readonly #writers = new Map<number, { readonly shared: GroupCommit<DriverWriteTx>; asking: number }>()
  readonly #reads: FairQueue
  readonly #expensiveReads = new FairQueue({ running: 2, runningOfCorp: 1, ...EXPENSIVE_LINE })
  readonly #longReads = new FairQueue({ running: 1, ...LONG_LINE })

  constructor(
    primary: PostgresLink,
    replica: Replica | undefined,
    connections: number,
    warnings: readonly string[],
    close: () => Promise<void>,
  ) {
    // Connections are left to writers, to expensive and long reads, and one to other companies, where there are so many.
    const running = Math.max(1, connections - 3)
    this.#reads = new FairQueue({ running, runningOfCorp: Math.max(1, running - 1), ...SHORT_LINE })
    this.#primary = primary
    this.#replica = replica
    this.warnings = warnings
    this.#close = close
  }

  read<T>(corp: number | undefined, fn: (tx: DriverWriteTx) => Promise<T>): Promise<T> {
    return this.#reads.run(corp, () => this.#read((client) => readOn(client, corp, fn)))
  }

  readRow(corp: number, text: string, values: readonly unknown[]): Promise<Row | undefined> {
    return this.#reads.run(corp, () => this.#read((client) => rowOn(client, corp, text, values)))
  }

  async #read<T>(on: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const replica = await this.#replica?.connect()
    if (replica) {
      try {
        return await on(replica)
      } catch (error) {
        // The replica is down, or cancelled the query for its replay (recovery conflict): read from the primary.
        if (!(error instanceof StoreError) || error.kind === 'crowded' || error.kind === 'gone') throw error
      }
    }
    return on(await this.#primary.connect())
  }

  readExpensive<T>(corp: number, fn: (tx: DriverWriteTx) => Promise<T>): Promise<T> {
    return this.#expensiveReads.run(corp, () => this.#read((client) => readOn(client, corp, fn)))
  }

  readLong<T>(corp: number, fn: (tx: DriverWriteTx) => Promise<T>): Promise<T> {
    return this.#longReads.run(corp, () => this.#read((client) => readOn(client, corp, fn)))
  }

  async write<T>(corp: number | undefined, fn: (tx: DriverWriteTx) => Promise<T>): Promise<T> {
    if (corp === undefined) return this.#transaction(WRITE, fn)
    const writers = this.#writers.get(corp) ?? { shared: this.#sharedBy(corp), asking: 0 }
    this.#writers.set(corp, writers)
    writers.asking++
    try {
      return await writers.shared.run(fn)
    } finally {
      if (--writers.asking === 0) this.#writers.delete(corp)
    }
  }

  #sharedBy(corp: number): GroupCommit<DriverWriteTx> {
    const begin = [...WRITE, ...boundTo(corp)]
    return new GroupCommit({
      begin: async () => {
        const client = await this.#primary.connect()
        return new Batch(client, Promise.all([askEach(client, begin), lock(client, corp)]))
      },
      openMs: OPEN_MS,
    })
  }

  exclusive<T>(fn: (tx: DriverWriteTx) => Promise<T>): Promise<T> {
    const begin = ['BEGIN', ...EXCLUSIVE, `SELECT pg_advisory_xact_lock(${EXCLUSIVE_LOCK})`]
    return this.#transaction(begin, fn)
  }

  async #transaction<T>(begin: readonly string[], fn: (tx: DriverWriteTx) => Promise<T>): Promise<T> {
    const client = await this.#primary.connect()
    let result: T
    try {
      await askEach(client, begin)
      result = await fn(statements(client))
    } catch (error) {
      end(client, 'ROLLBACK')
      throw error
    }
    await commit(client)
    return result
  }

  async othersWrote(): Promise<boolean> {
    return true
  }

  /** Every commit has waited for the disk, as the server is set to (synchronous_commit). */
  async flush(): Promise<void> {}

  async ping(): Promise<void> {
    // Not in the line of other reads: a server that has much to do is ready.
    await this.#read((client) => readOn(client, undefined, (tx) => tx.get('SELECT id FROM corp LIMIT 1', [])))
  }

  /** A server that has lost its files says so. */
  requireInPlace(): void {}

  close(): Promise<void> {
    for (const queue of [this.#reads, this.#expensiveReads, this.#longReads]) queue.close()
    return this.#close()
  }
}

/** The first row of one statement; the end of the transaction is sent right after it. */
async function rowOn(
  client: pg.PoolClient,
  corp: number,
  text: string,
  values: readonly unknown[],
): Promise<Row | undefined> {
  const begun = beginRead(client, corp)
  const row = statements(client).get(text, values)
  end(client, 'COMMIT')
  return (await Promise.all([begun, row]))[1]
}

/** Sent together with the first statement. If it fails, so do the statements after it. */
function beginRead(client: pg.PoolClient, corp: number | undefined): Promise<void> {
  const begun = askEach(client, ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...boundTo(corp)])
  begun.catch(() => {})
  return begun
}

async function readOn<T>(
  client: pg.PoolClient,
  corp: number | undefined,
  fn: (tx: DriverWriteTx) => Promise<T>,
): Promise<T> {
  const begun = beginRead(client, corp)
  let how: 'COMMIT' | 'ROLLBACK' = 'ROLLBACK'
  let failed: unknown
  const tx = statements(client, (text, values) => {
    const answer = runOn(client, text, values)
    answer.catch((error) => {
      failed ??= error
    })
    return answer
  })
  try {
    const result = await fn(tx)
    await begun
    how = 'COMMIT'
    return result
  } catch (error) {
    await begun
    // The first failure, not that of a later statement.
    throw isAborted(error) ? failed : error
  } finally {
    // The answer does not depend on how a read ends, and does not wait for it.
    end(client, how)
  }
}

/**
 * How long a batch accepts writers. With 64 concurrent creates, 5, 10, 20, 40, 80 ms make 0.33, 0.17, 0.09, 0.04, 0.02
 * commits a write and 405, 498, 521, 570, 611 writes/s (medians of three): a longer wait gains little.
 */
const OPEN_MS = 40

/**
 * A migration waits for whom it must. Where Citus is, it changes one shard after the other: a transaction that changed
 * several at once could not then touch a table that refers to them. Elsewhere that setting means nothing.
 */
const EXCLUSIVE = [
  'SET LOCAL lock_timeout = 0',
  'SET LOCAL statement_timeout = 0',
  "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
]

/** A writer whose machine is lost must not hold the lock of its company for long. */
const WRITE = ['BEGIN', "SET LOCAL idle_in_transaction_session_timeout = '15s'"]
