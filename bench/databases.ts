import { randomBytes } from 'node:crypto'
import { constants, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { asAdmin, makeRole, startPostgres } from '../test/support/postgres.ts'

/** The address that stands for a PostgreSQL started for this run. */
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

/** The databases of one run on one engine. Disposing drops them. */
export interface Databases extends AsyncDisposable {
  readonly engine: Engine
  /** On PostgreSQL. */
  readonly setting: PostgresSetting | undefined
  /** Where processes of the bench find one. */
  envOf(name: string): Readonly<Record<string, string>>
  /** Makes an empty one. */
  create(name: string): Promise<void>
  /** Makes one out of another that nobody uses. */
  copy(from: string, to: string): Promise<void>
  /** Questions one directly, on PostgreSQL with the rights of the address that was given. */
  query(name: string, text: string): Promise<Record<string, unknown>[]>
  /** Does what the server would do by itself some minutes after an import. */
  settle(name: string): Promise<void>
}

/** Whether `--database` can be this. */
export function isAddress(address: string): boolean {
  return address === EMBEDDED || (/^postgres(ql)?:\/\//.test(address) && URL.canParse(address))
}

/** @param folder of files, which are removed with it */
export function openFiles(folder: string): Databases {
  const pathOf = (name: string) => join(folder, `${name}.db`)
  return {
    engine: 'sqlite',
    setting: undefined,
    envOf: (name) => ({ GENJIN_DATABASE: `sqlite:${pathOf(name)}` }),
    create: async () => {},
    // Without writing anything where the file system can share blocks.
    copy: async (from, to) => copyFileSync(pathOf(from), pathOf(to), constants.COPYFILE_FICLONE),
    query: async (name, text) => {
      const database = new DatabaseSync(pathOf(name), { timeout: 5_000 })
      try {
        return database.prepare(text).all()
      } finally {
        database.close()
      }
    },
    settle: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}

export async function openPostgres(address: string): Promise<Databases> {
  const stack = new AsyncDisposableStack()
  const { admin, role } = await serverOf(address, stack)
  const run = randomBytes(6).toString('hex')
  const realName = (name: string) => `genjin_bench_${run}_${name.replaceAll('-', '_')}`
  async function make(name: string, options: string): Promise<void> {
    await ask(admin.href, `CREATE DATABASE ${realName(name)} OWNER ${role.name} ${options}`)
    stack.defer(async () => {
      await ask(admin.href, `DROP DATABASE IF EXISTS ${realName(name)} WITH (FORCE)`)
    })
  }
  function urlOf(name: string): string {
    const url = new URL(admin)
    url.pathname = `/${realName(name)}`
    url.username = role.name
    url.password = role.password
    return url.href
  }
  const setting = await readSetting(admin, role)
  return {
    engine: 'postgres',
    setting,
    envOf: (name) => ({ GENJIN_DATABASE: urlOf(name), GENJIN_CONNECTIONS: String(CONNECTIONS) }),
    create: (name) => make(name, "ENCODING 'UTF8' TEMPLATE template0"),
    copy: (from, to) => make(to, `TEMPLATE ${realName(from)} STRATEGY FILE_COPY`),
    query: (name, text) => {
      const url = new URL(admin)
      url.pathname = `/${realName(name)}`
      return ask(url.href, text)
    },
    // Without it plans and index-only scans would change in the middle of the run, when autovacuum runs.
    settle: async (name) => {
      await ask(urlOf(name), 'VACUUM (ANALYZE)')
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

interface Role {
  readonly name: string
  readonly password: string
}

/** On a server that is given, its user makes and owns the databases; on one started here the role has no rights. */
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

async function readSetting(admin: URL, { name }: Role): Promise<PostgresSetting> {
  const [row] = await ask(
    admin.href,
    `SELECT current_setting('server_version') AS version,
      current_setting('synchronous_commit') AS "synchronousCommit",
      current_setting('shared_buffers') AS "sharedBuffers", NOT (rolsuper OR rolbypassrls) AS "rowLevelSecurity"
    FROM pg_roles WHERE rolname = ${pg.escapeLiteral(name)}`,
  )
  return { ...row, connections: CONNECTIONS }
}

function ask(url: string, statement: string) {
  return asAdmin(async (client) => (await client.query(statement)).rows, url)
}
