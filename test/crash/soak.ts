import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addApp, addCompany, importLines, startServe } from '../support/cli.ts'
import { emptyDatabase, tempDatabase } from '../support/database.ts'
import { assertTelling, equivalence } from '../support/equivalence.ts'
import { createDatabase, makeRole, preparePostgres, startPostgres } from '../support/postgres.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { abuse } from './abuse.ts'
import { citus } from './citus.ts'
import { feedCrash } from './feed-crash.ts'
import { requireRightCounters } from './fleet.ts'
import { importCrash } from './import-crash.ts'
import { interleaving } from './interleaving.ts'
import { keysCrash } from './keys-crash.ts'
import { serversCrash } from './servers-crash.ts'
import { syncUnderFire } from './sync-crash.ts'
import { totalsCrash } from './totals.ts'
import { wrongPasswords } from './wrong-passwords.ts'

/** `node test/crash/soak.ts NAME …`: a crash test at length, by hand. Each of these says what it takes. */
const SOAKS = {
  import: imports,
  equivalence: commands,
  servers,
  keys,
  feed,
  totals,
  sync,
  abuse: misuse,
  citus: cluster,
  passwords,
}

const ENGINES = ['sqlite', 'postgres'] as const
type Engine = (typeof ENGINES)[number]

const [name = '', ...words] = process.argv.slice(2)
if (!Object.hasOwn(SOAKS, name)) throw new Error(`which of ${Object.keys(SOAKS).join()}?`)
await SOAKS[name as keyof typeof SOAKS](words)

/**
 * `import [LINES] [KILLS] [SEED]`: with a server running on the same database. Some minutes. Fails when memory goes over
 * 200 MB, after it has printed everything.
 */
async function imports(given: readonly string[]): Promise<void> {
  const [lines = 200_000, kills = 25, seed = Date.now() % 1_000_000] = given.map(Number)
  const most = 200
  console.log(`lines ${lines}, kills ${kills}, seed ${seed}`)
  const report = await importCrash({ lines, kills, seed, serving: true, log: console.log })
  print(report)
  for (const what of ['import', 'export'] as const) {
    console.log(`${what}: ${Math.round((report.lines / report[`${what}Ms`]) * 1000)} lines/s`)
    const peakMb = report[`${what}PeakMb`] ?? 0
    assert.ok(peakMb < most, `${what}: ${peakMb} MB, more than ${most} MB`)
  }
}

/**
 * `equivalence [SEQUENCES] [SEED]`: the model run on both engines, of everything and then of lists alone. Minutes. A seed
 * that failed, given again with as many sequences, fails again.
 */
async function commands(given: readonly string[]): Promise<void> {
  const [sequences = 1500, seed = Date.now() % 1_000_000_000] = given.map(Number)
  console.log(`sequences ${sequences}, seed ${seed}`)
  await using _postgres = await preparePostgres()
  for (const lists of [false, true]) {
    const report = await equivalence({ sequences, seed, lists })
    print(report)
    assertTelling(report, lists)
  }
}

/** `servers [SECONDS] [SERVERS]`: servers on one new PostgreSQL database. A minute and a half. */
async function servers(given: readonly string[]): Promise<void> {
  const [seconds = 60, count = 10] = given.map(Number)
  await using _postgres = await preparePostgres()
  await using temp = await emptyDatabase('postgres')
  print(await serversCrash({ temp, servers: count, writers: 8, readers: 8, seconds, log: console.log }))
}

/** `keys [KEYS] [CALLERS] [sqlite | postgres]`: one key makes one record, on both engines or one of them. Minutes. */
async function keys([count = '1000', callers = '64', only]: readonly string[]): Promise<void> {
  await using _postgres = await preparePostgres()
  for (const engine of enginesOf(only)) {
    console.log(`on ${engine}: ${count} keys, ${callers} callers each`)
    await using temp = await tempDatabase(engine)
    const amounts = { servers: 3, keys: Number(count), kills: 20, callers: Number(callers), atOnce: 4 }
    print(await keysCrash({ temp, ...amounts, log: console.log }))
  }
}

/** `feed [SECONDS] [SERVERS]`: followers of the change feed of servers on PostgreSQL. A minute and a half. */
async function feed(given: readonly string[]): Promise<void> {
  const [seconds = 60, count = 4] = given.map(Number)
  await using _postgres = await preparePostgres()
  await using temp = await tempDatabase('postgres')
  print(await feedCrash({ temp, servers: count, writers: 16, seconds, log: console.log }))
}

/** Reads of one run of `interleaving`, which keeps every answer until it is checked. */
const RUN = 8_000

/**
 * `totals [ANSWERS] [READS] [sqlite | postgres]`: so many totals and pages while batches of 7 come and go and servers are
 * killed; then so many answers, some thousands at a time, compared with the states that the change feed shows. On both
 * engines or one of them, half an hour.
 */
async function totals([answers = '100000', reads = '24000', only]: readonly string[]): Promise<void> {
  await using _postgres = await preparePostgres()
  for (const engine of enginesOf(only)) {
    {
      await using temp = await tempDatabase(engine)
      const amounts = { servers: engine === 'sqlite' ? 3 : 4, answers: Number(answers), seconds: 4 * 3600 }
      const report = await totalsCrash({ temp, ...amounts, log: console.log })
      print({ engine, test: 'totals', ...report })
      assert.ok(report.answers >= Number(answers), 'it took too long')
      await requireRightCounters(temp)
    }
    for (let left = Number(reads); left > 0; left -= RUN) {
      await using temp = await tempDatabase(engine)
      const { wrong, ...report } = await interleaving({ temp, reads: Math.min(left, RUN), seconds: 600 })
      print({ engine, test: 'interleaving', ...report })
      assert.equal(report.wrongs, 0, wrong.join('\n'))
      await requireRightCounters(temp)
    }
  }
}

/**
 * `sync [SECONDS]`: sixteen writers, deletions included, while `genjin sync` into each kind of target is killed and started
 * again, 60 seconds each. Each must end equal to its source.
 */
async function sync(given: readonly string[]): Promise<void> {
  const [seconds = 60] = given.map(Number)
  await using postgres = await startPostgres()
  const role = await makeRole(postgres.url)
  await using target = await createDatabase({ admin: postgres.url, role })
  using folder = tempFolder()
  const source = `sqlite:${join(folder.path, 'source.db')}`
  const targets = {
    sqlite: `sqlite:${join(folder.path, 'mirror.db')}`,
    postgres: target.url,
    folder: join(folder.path, 'out'),
  }
  for (const corp of Object.keys(targets)) {
    await addCompany(source, corp, undefined)
    await importLines(source, corp, ['{"kind":"staff","user_id":"zhang","name":"张伟"}'], undefined)
  }
  await using server = await startServe(['--database', source])
  for (const [corp, to] of Object.entries(targets)) {
    const credentials = await addApp(source, corp)
    const app = join(folder.path, `${corp}.json`)
    writeFileSync(app, JSON.stringify(credentials))
    const report = await syncUnderFire({ url: server.url, credentials, app, to, seconds })
    assert.ok(report.kills > 3 && report.deletions > 10)
    const { contents, ...counts } = report
    print({ target: corp, ...counts, rows: contents.size, equal: true })
  }
}

/**
 * `abuse [RECORDS] [SECONDS] [sqlite | postgres]`: what one company can do to others, each kind for some seconds, on both
 * engines or one of them. Some minutes. Prints what others met; only that all are served afterwards is asserted.
 */
async function misuse([records = '100000', seconds = '10', only]: readonly string[]): Promise<void> {
  await using _postgres = await preparePostgres()
  for (const engine of enginesOf(only)) {
    await using temp = await tempDatabase(engine)
    console.log(`on ${engine}`)
    await abuse({ temp, records: Number(records), seconds: Number(seconds), log: console.log })
  }
}

/**
 * `citus [NOSUPERUSER | SUPERUSER]`: on the Citus cluster whose coordinator GENJIN_TEST_CITUS_URL names (a superuser's
 * address; the roles that it makes must be let in from node to node). A quarter of an hour.
 */
async function cluster([only]: readonly string[]): Promise<void> {
  const admin = process.env.GENJIN_TEST_CITUS_URL
  if (!admin) throw new Error("GENJIN_TEST_CITUS_URL must be a superuser's address of a Citus coordinator")
  for (const rights of ['NOSUPERUSER', 'SUPERUSER'] as const) {
    if (only === undefined || only === rights) print(await citus({ admin, rights, log: console.log }))
  }
}

function enginesOf(only: string | undefined): readonly Engine[] {
  return ENGINES.filter((engine) => only === undefined || engine === only)
}

function print(report: object): void {
  console.log(JSON.stringify(report, undefined, 2))
}

/** `passwords [ATTEMPTS] [ADDRESSES]`: wrong passwords from many addresses, beside others. Minutes. */
async function passwords(given: readonly string[]): Promise<void> {
  const [attempts = 100_000, addresses = 10_000] = given.map(Number)
  await using temp = await tempDatabase('sqlite')
  print(await wrongPasswords({ temp, attempts, addresses, atOnce: 64, idleSeconds: 10 }))
}
