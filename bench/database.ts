import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { createDatabase, makeRole, startPostgres } from '../test/support/postgres.ts'

/** The address that stands for a PostgreSQL of the bench's own, started for this run. */
const EMBEDDED = 'embedded'
/** Connections of genjin, and as many for the bare driver. */
const CONNECTIONS = 10

/** What PostgreSQL's figures depend on. */
export interface PostgresSetting {
  readonly version: string
  readonly synchronousCommit: string
  readonly sharedBuffers: string
  /** Whether it holds for the bench's role. */
  readonly rowLevelSecurity: boolean
  readonly connections: number
}

/** A PostgreSQL database that is new and goes away with its run. */
export interface BenchDatabase extends AsyncDisposable {
  /** Where processes of the bench find it, and with which key. */
  readonly env: Readonly<Record<string, string>>
  readonly setting: PostgresSetting
  /** Does what the server would do by itself some minutes after an import. */
  settle(): Promise<void>
}

/** Whether `--database` can be this. */
export function isAddress(address: string): boolean {
  return address === EMBEDDED || (/^postgres(ql)?:\/\//.test(address) && URL.canParse(address))
}

/** Makes a database on this server. Disposing drops it, as does any end of this process but SIGKILL. */
export async function openDatabase(address: string): Promise<BenchDatabase> {
  await using stack = new AsyncDisposableStack()
  const url = address === EMBEDDED ? await makeEmbedded(stack) : makeOn(address, stack)
  const setting = await readSetting(url)
  const kept = stack.move()
  return {
    env: {
      GENJIN_DATABASE: url,
      GENJIN_CONNECTIONS: String(CONNECTIONS),
      GENJIN_KEY: randomBytes(32).toString('base64'),
    },
    setting,
    // Without it plans and index-only scans would change in the middle of the run, whenever autovacuum comes round.
    settle: async () => {
      await ask(url, 'VACUUM (ANALYZE)')
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Nothing to drop: the server's data goes with it. */
async function makeEmbedded(stack: AsyncDisposableStack): Promise<string> {
  const server = stack.use(await startPostgres())
  const { url } = await createDatabase(server.url, await makeRole(server.url))
  return url
}

/** A database of another name than any that is there. The database of the address itself is only connected to. */
function makeOn(address: string, stack: AsyncDisposableStack): string {
  const name = `genjin_bench_${randomBytes(6).toString('hex')}`
  const failed = runSql(address, `CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`)
  if (failed) throw new Error(`no database can be made there: ${failed}`)
  function drop(): void {
    process.off('exit', drop)
    const failed = runSql(address, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    if (failed) console.error(`the database ${name} could not be dropped and is still there: ${failed}`)
  }
  process.once('exit', drop)
  stack.defer(drop)
  const url = new URL(address)
  url.pathname = `/${name}`
  return url.href
}

const RUN_SQL = fileURLToPath(new URL('./run-sql.ts', import.meta.url))

/** Stands still until it is done, so that no signal comes between; answers what went wrong. */
function runSql(address: string, statement: string): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, [RUN_SQL], {
    env: { ...process.env, BENCH_DATABASE: address, BENCH_SQL: statement },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return status === 0 ? undefined : stderr.trim() || 'no answer'
}

async function readSetting(url: string): Promise<PostgresSetting> {
  const [row] = await ask(
    url,
    `SELECT current_setting('server_version') AS version, current_setting('synchronous_commit') AS synchronous,
      current_setting('shared_buffers') AS buffers, NOT (rolsuper OR rolbypassrls) AS security
    FROM pg_roles WHERE rolname = current_user`,
  )
  return {
    version: row?.version,
    synchronousCommit: row?.synchronous,
    sharedBuffers: row?.buffers,
    rowLevelSecurity: row?.security,
    connections: CONNECTIONS,
  }
}

async function ask(url: string, statement: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
