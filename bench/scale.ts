import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createDatabase, makeRole, prepareCitus, startPostgres } from '../test/support/postgres.ts'
import { postBytes } from './client.ts'
import { addApp, benchShape, importCorp, makeData } from './data.ts'
import { bodyAt, type Kind, kindsOf } from './filters.ts'
import { again, CONNECTIONS, load, type Stretch } from './load.ts'
import { machineOf, machineText } from './machine.ts'
import { openPages, pathsFor } from './pages.ts'
import { checkCreated } from './rows/writers.ts'
import { exitOnSignals, openSandbox, type Sandbox, type Server, serveGenjin, stopServer } from './sandbox.ts'

const USAGE = `npm run bench:scale -- [--records N] [--seconds N]

What each step of docs/scale.md gives on this machine: pages/s and creates/s of one process, of workers, of several
servers, with a read replica. Everything shares the machine, the load and PostgreSQL too. With GENJIN_TEST_CITUS_URL, a
superuser's address of a Citus coordinator, these two besides: its PostgreSQL alone, and the cluster.`

/** Clients that write at once: half of them at each of two servers. */
const WRITERS = 32

/** A filter whose page is cheap, and one whose total is dear: the database's share of the work is small and large. */
const FILTERS = ['one staff member', 'busiest follow type']

interface Step {
  readonly name: string
  readonly servers: readonly Server[]
}

/** The company that is listed, and an app of one that is written in, so that what is listed stays as it is. */
type Companies = Awaited<ReturnType<typeof makeCorps>>

async function scale(records: number, seconds: number): Promise<void> {
  exitOnSignals()
  console.log(`${machineText(machineOf('sqlite'))}, PostgreSQL · ${records.toLocaleString('en-US')} records`)
  console.log(
    `\n${'step'.padEnd(34)}${FILTERS.map((name) => name.padStart(22)).join('')}${'creates'.padStart(12)}`,
  )
  {
    using sandbox = openSandbox()
    const data = await makeCorps(sandbox, records)
    await measureStep(data, { name: 'SQLite, one process', servers: [await serveGenjin(sandbox)] }, seconds)
    const workers = await serveGenjin(sandbox, ['--workers', '2'])
    await measureStep(data, { name: 'SQLite, --workers 2', servers: [workers] }, seconds)
  }
  await using postgres = await startPostgres(['max_wal_senders=4', 'hot_standby=on'])
  await using database = await createDatabase({ admin: postgres.url, role: await makeRole(postgres.url) })
  const env = { GENJIN_DATABASE: database.url, GENJIN_KEY: randomBytes(32).toString('base64') }
  using sandbox = openSandbox(env)
  const data = await makeCorps(sandbox, records)
  await measureStep(data, { name: 'PostgreSQL, one process', servers: [await serveGenjin(sandbox)] }, seconds)
  const workers = await serveGenjin(sandbox, ['--workers', '2'])
  await measureStep(data, { name: 'PostgreSQL, --workers 2', servers: [workers] }, seconds)
  await measureStep(data, { name: 'PostgreSQL, two servers', servers: await two(sandbox) }, seconds)
  await using replica = await postgres.replica()
  const readUrl = new URL(database.url)
  readUrl.port = new URL(replica.url).port
  using reading = openSandbox({ ...env, GENJIN_READ_DATABASE: readUrl.href })
  await measureStep(data, { name: 'PostgreSQL, two servers, replica', servers: await two(reading) }, seconds)
}

/** The same PostgreSQL with and without Citus between: what the coordinator costs. */
async function clusterSteps(admin: string, records: number, seconds: number): Promise<void> {
  await using _cluster = await prepareCitus(admin, 'NOSUPERUSER')
  for (const [name, migrated] of [
    ["the coordinator's PostgreSQL alone", false],
    ['Citus', true],
  ] as const) {
    await using database = await createDatabase({ migrated })
    using sandbox = openSandbox({
      GENJIN_DATABASE: database.url,
      GENJIN_KEY: randomBytes(32).toString('base64'),
    })
    const data = await makeCorps(sandbox, records)
    await measureStep(data, { name, servers: [await serveGenjin(sandbox)] }, seconds)
  }
}

const WRITTEN = 'written'
const STAFF = 'zhang'

async function makeCorps(sandbox: Sandbox, records: number) {
  const listed = await makeData(sandbox, benchShape(records))
  await importCorp(sandbox, WRITTEN, [`${JSON.stringify({ kind: 'staff', user_id: STAFF, name: '张' })}\n`])
  return { listed, written: await addApp(sandbox, WRITTEN) }
}

function two(sandbox: Sandbox): Promise<Server[]> {
  return Promise.all([serveGenjin(sandbox), serveGenjin(sandbox)])
}

async function measureStep(companies: Companies, { name, servers }: Step, seconds: number): Promise<void> {
  const [first] = servers as [Server]
  const { reference } = companies.listed
  const pages = await openPages(first, companies.listed, true)
  const kinds = kindsOf(reference)
  const cells: string[] = []
  // As many clients whether there is one server or two: half of them at each.
  const asked = servers.length === 1 ? [first, first] : servers
  for (const name of FILTERS) {
    const { pool } = kinds.find((kind) => kind.name === name) as Kind
    const page = await pages.record(bodyAt(reference, pool[0] ?? {}, 'first'), name)
    const loadAll = (duration: number) =>
      rateOf(asked.map((server) => load(server, again(page), duration, CONNECTIONS)))
    await loadAll(0.5)
    const rate = await loadAll(seconds)
    cells.push(Math.round(rate).toLocaleString('en-US').padStart(22))
  }
  const creates = await createsPerSecond(servers, companies, seconds)
  cells.push(Math.round(creates).toLocaleString('en-US').padStart(12))
  console.log(name.padEnd(34) + cells.join(''))
  await Promise.all(servers.map(stopServer))
}

/** Creates acknowledged in a second, each durable. */
async function createsPerSecond(
  servers: readonly Server[],
  { written }: Companies,
  seconds: number,
): Promise<number> {
  const pathOf = await pathsFor(servers[0] as Server, written)
  const body = { type: 1, id: 'scale', user_id: STAFF, contact_type: '拜访', follow_content: '扩展测量' }
  const create = again({ bytes: postBytes(pathOf('create'), JSON.stringify(body)), check: checkCreated })
  return rateOf(servers.map((server) => load(server, create, seconds, WRITERS / servers.length)))
}

/** Answers a second of all servers together. */
async function rateOf(loads: readonly Promise<Stretch>[]): Promise<number> {
  return (await Promise.all(loads)).reduce((sum, { pages, seconds }) => sum + pages / seconds, 0)
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { records: { type: 'string' }, seconds: { type: 'string' } } })
  const [records, seconds] = [Number(values.records ?? 100_000), Number(values.seconds ?? 4)]
  if (!Number.isInteger(records) || records < 1000 || !(seconds > 0)) {
    console.error(USAGE)
    process.exitCode = 2
    return
  }
  await scale(records, seconds)
  const admin = process.env.GENJIN_TEST_CITUS_URL
  if (admin) await clusterSteps(admin, records, seconds)
}

await main()
