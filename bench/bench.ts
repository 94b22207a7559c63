import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { benchShape, makeData } from './data.ts'
import { isAddress, openDatabase } from './database.ts'
import { startDriver } from './driver.ts'
import { type Measured, measure, type Plan } from './measure.ts'
import { type PageCase, recordPages } from './pages.ts'
import { importFigures, importText, notes, settingOf, settingText, tableHead, tableRow } from './report.ts'
import {
  exitOnSignals,
  openSandbox,
  type Sandbox,
  type Server,
  serveGenjin,
  startServer,
  stopServer,
} from './sandbox.ts'
import { recordStatements } from './statements.ts'

const USAGE = `npm run bench -- [--records N] [--database URL] [--quick] [--json]

Pages per second of follow/list on N records (100000), beside a bare node:http server that answers the same bytes.
  --database postgres://…
           genjin on PostgreSQL instead of SQLite, also beside the bare driver that runs the page's query alone. A
           database of its own is made on that server and dropped at the end: the user must be allowed to make one
  --database embedded
           the same on a PostgreSQL that is started for the run
  --quick  10000 records, one round of 1 s: checks that the bench works
  --json   the figures as JSON`

const FULL: Plan = { warmUpSeconds: 1, rounds: 3, roundSeconds: 2 }
const QUICK: Plan = { warmUpSeconds: 0.1, rounds: 1, roundSeconds: 1 }

interface Options {
  readonly records: number
  readonly plan: Plan
  readonly json: boolean
  /** Where PostgreSQL is; undefined: SQLite. */
  readonly database: string | undefined
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      records: { type: 'string' },
      database: { type: 'string' },
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  const records = Number(values.records ?? (values.quick ? 10_000 : 100_000))
  if (!Number.isInteger(records) || records < 1000) throw new Error('--records must be 1000 or more')
  const { database } = values
  // The address can hold a password: it stands in no message.
  if (database !== undefined && !isAddress(database)) {
    throw new Error('--database must be postgres://… or embedded')
  }
  return { records, plan: values.quick ? QUICK : FULL, json: values.json === true, database }
}

async function bench({ records, plan, json, database: address }: Options): Promise<void> {
  const say = json ? () => {} : (text: string) => console.log(text)
  exitOnSignals()
  await using database = address === undefined ? undefined : await openDatabase(address)
  using sandbox = openSandbox(database?.env)
  const setting = settingOf(records, database?.setting)
  say(settingText(setting))

  const data = await makeData(sandbox, benchShape(records))
  const imported = importFigures(data)
  say(importText(imported))
  await database?.settle()

  const genjin = await serveGenjin(sandbox)
  const pages = await recordPages(genjin.url, data)
  const bare = await serveBare(sandbox, pages)
  const driver = database && startDriver(sandbox, await recordStatements(database, data, pages))
  say(`\n${tableHead(driver !== undefined)}`)
  const rows: Measured[] = []
  for (const page of pages) {
    const row = await measure({ genjin, bare, driver }, page, plan)
    rows.push(row)
    say(tableRow(row))
  }
  say(`\n${notes(rows)}`)
  await Promise.all([genjin, bare, ...(driver ? [driver] : [])].map(stopServer))
  if (json) console.log(JSON.stringify({ ...setting, plan, import: imported, filters: rows }, null, 2))
}

const BARE = fileURLToPath(new URL('./bare-server.ts', import.meta.url))

function serveBare(sandbox: Sandbox, pages: readonly PageCase[]): Promise<Server> {
  const file = join(sandbox.folder, 'answers.json')
  const answers = pages.map(({ name, answer }) => [name, answer.toString('base64')])
  writeFileSync(file, JSON.stringify(Object.fromEntries(answers)))
  return startServer(sandbox, [BARE, file])
}

async function main(): Promise<void> {
  let options: Options
  try {
    options = readOptions()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    process.exitCode = 2
    return
  }
  try {
    await bench(options)
  } catch (error) {
    console.error(`bench failed: ${(error as Error).stack}`)
    process.exitCode = 1
  }
}

await main()
