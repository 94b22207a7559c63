import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants, copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { makeRole, startPostgres } from '../test/support/postgres.ts'

/** The address that stands for a PostgreSQL of the bench's own, started for this run. */
const EMBEDDED = 'embedded'
/** Connections of genjin, and as many for the bare driver. */
const CONNECTIONS = 10

export type Engine = 'sqlite' | 'postgres'

/** What PostgreSQL's figures depend on. */
export interface PostgresSetting {
  readonly version: string
  readonly synchronousCommit: string
  readonly sharedBuffers: string
  /** Whether it holds for the bench's role. */
  readonly rowLevelSecurity: boolean
  readonly connections: number
}

/** The databases of one run on one engine. Disposing drops all but the kept ones, as does any end of this process but
 * SIGKILL. */
export interface Databases extends AsyncDisposable {
  readonly engine: Engine
  /** On PostgreSQL. */
  readonly setting: PostgresSetting | undefined
  /** Where processes of the bench find one. */
  envOf(name: string): Readonly<Record<string, string>>
  /** Makes an empty one; what another run left under this name goes. */
  create(name: string, kept: boolean): void
  /** Takes one that an earlier run kept. */
  adopt(name: string): void
  /** Makes one out of another that nobody uses. */
  copy(from: string, to: string, kept: boolean): void
  /** Does what the server would do by itself some minutes after an import. */
  settle(name: string): Promise<void>
}

/** Whether `--database` can be this. */
export function isAddress(address: string): boolean {
  return address === EMBEDDED || (/^postgres(ql)?:\/\//.test(address) && URL.canParse(address))
}

/** Whether what is kept there is still there for the next run. */
export function lasts(address: string | undefined): boolean {
  return address !== EMBEDDED
}

/** @param folder of files; kept ones go into `keep` */
export function openFiles(folder: string, keep: string | undefined): Databases {
  const kept = new Set<string>()
  function pathOf(name: string): string {
    return join(kept.has(name) && keep !== undefined ? keep : folder, `${name}.db`)
  }
  function place(name: string, keeps: boolean): void {
    if (keeps) kept.add(name)
    for (const end of ['', '-wal', '-shm']) rmSync(pathOf(name) + end, { force: true })
  }
  if (keep !== undefined) mkdirSync(keep, { recursive: true })
  return {
    engine: 'sqlite',
    setting: undefined,
    envOf: (name) => ({ GENJIN_DATABASE: `sqlite:${pathOf(name)}` }),
    create: place,
    adopt: (name) => kept.add(name),
    copy(from, to, keeps) {
      place(to, keeps)
      // Without writing anything where the file system can share blocks.
      copyFileSync(pathOf(from), pathOf(to), constants.COPYFILE_FICLONE)
    },
    settle: async () => {},
    // The folder goes with the sandbox.
    [Symbol.asyncDispose]: async () => {},
  }
}

export async function openPostgres(address: string): Promise<Databases> {
  await using stack = new AsyncDisposableStack()
  const { admin, role } = await serverOf(address, stack)
  const run = randomBytes(6).toString('hex')
  const names = new Map<string, string>()
  const dropped: string[] = []
  function drop(): void {
    process.off('exit', drop)
    for (const name of dropped.splice(0)) {
      const failed = runSql(admin.href, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      if (failed) console.error(`the database ${name} could not be dropped and is still there: ${failed}`)
    }
  }
  process.once('exit', drop)
  stack.defer(drop)
  function make(name: string, kept: boolean, options: string): void {
    const real = kept ? keptName(name) : `genjin_bench_${run}_${nameOf(name)}`
    names.set(name, real)
    if (!kept) dropped.push(real)
    // A kept one can be there from a run that did not finish loading it.
    const failed =
      (kept && runSql(admin.href, `DROP DATABASE IF EXISTS ${real} WITH (FORCE)`)) ||
      runSql(admin.href, `CREATE DATABASE ${real} OWNER ${role.name} ${options}`)
    if (failed) throw new Error(`no database can be made there: ${failed}`)
  }
  function urlOf(name: string): string {
    const url = new URL(admin)
    url.pathname = `/${names.get(name)}`
    url.username = role.name
    url.password = role.password
    return url.href
  }
  const setting = await readSetting(admin, role)
  const kept = stack.move()
  return {
    engine: 'postgres',
    setting,
    envOf: (name) => ({ GENJIN_DATABASE: urlOf(name), GENJIN_CONNECTIONS: String(CONNECTIONS) }),
    create: (name, keeps) => make(name, keeps, "ENCODING 'UTF8' TEMPLATE template0"),
    adopt: (name) => names.set(name, keptName(name)),
    copy: (from, to, keeps) => make(to, keeps, `TEMPLATE ${names.get(from)} STRATEGY FILE_COPY`),
    // Without it plans and index-only scans would change in the middle of the run, whenever autovacuum comes round.
    settle: async (name) => {
      await ask(urlOf(name), 'VACUUM (ANALYZE)')
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

interface Role {
  readonly name: string
  readonly password: string
}

/** Of a server that somebody else runs, its user makes and owns the databases; on our own the role has no rights. */
async function serverOf(address: string, stack: AsyncDisposableStack): Promise<{ admin: URL; role: Role }> {
  if (address !== EMBEDDED) {
    const admin = new URL(address)
    const [row] = await ask(address, 'SELECT current_user AS name')
    return { admin, role: { name: row?.name, password: decodeURIComponent(admin.password) } }
  }
  const server = stack.use(await startPostgres())
  const [name = '', password = ''] = (await makeRole(server.url)).split(':')
  return { admin: new URL(server.url), role: { name, password } }
}

function nameOf(name: string): string {
  return name.replaceAll('-', '_')
}

function keptName(name: string): string {
  return `genjin_bench_kept_${nameOf(name)}`
}

const RUN_SQL = fileURLToPath(new URL('./run-sql.ts', import.meta.url))

/** Stands still until it is done, so that no signal comes between; answers what went wrong. */
function runSql(address: string, statement: string): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, [RUN_SQL], {
    env: { ...process.env, BENCH_DATABASE: address, BENCH_SQL: statement },
    encoding: 'utf8',
    timeout: 1_800_000,
  })
  return status === 0 ? undefined : stderr.trim() || 'no answer'
}

async function readSetting(admin: URL, { name }: Role): Promise<PostgresSetting> {
  const [row] = await ask(
    admin.href,
    `SELECT current_setting('server_version') AS version, current_setting('synchronous_commit') AS synchronous,
      current_setting('shared_buffers') AS buffers, NOT (rolsuper OR rolbypassrls) AS security
    FROM pg_roles WHERE rolname = ${pg.escapeLiteral(name)}`,
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
