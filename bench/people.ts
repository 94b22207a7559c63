import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createDatabase, makeRole, startPostgres } from '../test/support/postgres.ts'
import { postBytes } from './client.ts'
import { benchShape, CORP, makeData } from './data.ts'
import { freshPages, PAGE_SIZE } from './filters.ts'
import { type Ask, eachOnce, load } from './load.ts'
import { machineOf, machineText } from './machine.ts'
import { byTurns, type Plan, ratioOf, type Side } from './measure.ts'
import { pathsFor, totalIn } from './pages.ts'
import type { ListBody, Reference } from './reference.ts'
import {
  exitOnSignals,
  openSandbox,
  runGenjin,
  type Sandbox,
  type Server,
  serveGenjin,
  stopServer,
} from './sandbox.ts'

const USAGE = `npm run bench:people -- [--records N] [--seconds N]

What the rights of people cost, on both engines: pages/s of follow/list for an app and an administrator, for an app that asks
for a department of 500 staff and the manager who leads it. Every page is asked once.`

/** The department that holds everybody. */
const TOP = 1
/** Pages of each contestant: more than the fastest server answers. */
const PAGES = 60_000

interface Contestant {
  readonly name: string
  readonly asks: IteratorObject<Ask>
}

async function people(records: number, plan: Plan): Promise<void> {
  exitOnSignals()
  console.log(`${records.toLocaleString('en-US')} records`)
  {
    using sandbox = openSandbox()
    console.log(machineText(machineOf('sqlite')))
    await measure(sandbox, records, plan)
  }
  await using postgres = await startPostgres([])
  await using database = await createDatabase({ admin: postgres.url, role: await makeRole(postgres.url) })
  using sandbox = openSandbox({
    GENJIN_DATABASE: database.url,
    GENJIN_KEY: randomBytes(32).toString('base64'),
  })
  console.log('\nPostgreSQL')
  await measure(sandbox, records, plan)
}

async function measure(sandbox: Sandbox, records: number, plan: Plan): Promise<void> {
  const data = await makeData(sandbox, benchShape(records))
  const [manager, admin] = data.reference.staffByUse() as [string, string]
  const invitations = [
    await invite(sandbox, manager, 'manager', ['--departments', `${TOP}`]),
    await invite(sandbox, admin, 'admin'),
  ]
  const server = await serveGenjin(sandbox)
  const path = (await pathsFor(server, data.app))('list')
  const [managerCookie, adminCookie] = (await Promise.all(
    invitations.map((invitation) => signIn(server, invitation)),
  )) as [string, string]
  const { reference } = data
  const department = { follow_dep_ids: [TOP] }
  const contestants = [
    contestant('an app', reference, {}, {}, 0, { path }),
    contestant('an administrator', reference, {}, {}, 1, { cookie: adminCookie }),
    contestant('an app, a department of 500 staff', reference, department, department, 0, { path }),
    contestant('the manager of these 500', reference, department, {}, 1, { cookie: managerCookie }),
  ]
  const share = Math.ceil(PAGES / (plan.rounds + 1))
  const sides = await byTurns(
    plan,
    contestants.map(
      ({ asks }) =>
        (seconds) =>
          load(server, eachOnce(asks.take(share)), seconds),
    ),
  )
  for (const [at, { name }] of contestants.entries())
    print(name, sides[at] as Side, sides[at - (at % 2)] as Side)
  await stopServer(server)
}

/**
 * @param seen the filter whose records these are
 * @param filter what is asked for
 * @param half of the pages: no other contestant has asked for them
 */
function contestant(
  name: string,
  reference: Reference,
  seen: object,
  filter: object,
  half: 0 | 1,
  as: { readonly path: string } | { readonly cookie: string },
): Contestant {
  const total = reference.totalOf(seen)
  const pages = freshPages(reference, { name, pool: [seen] }, 2 * PAGES).filter((_, at) => at % 2 === half)
  // Where there are few pages, other sizes of page make others.
  const bodies = function* (): Generator<ListBody> {
    for (let size = PAGE_SIZE; size > 0; size--) {
      for (const { current_index } of pages) yield { ...filter, current_index, page_size: size }
    }
  }
  const check = (answer: Buffer) => {
    if (totalIn(answer) !== total) throw new Error(`${name}: total ${totalIn(answer)}, the data has ${total}`)
  }
  const bytesOf = (body: ListBody) =>
    'path' in as
      ? postBytes(as.path, JSON.stringify(body))
      : postBytes('/openapi/crm/follow/list', JSON.stringify(body), {
          cookie: as.cookie,
          'sec-fetch-site': 'same-origin',
        })
  return { name, asks: bodies().map((body) => ({ bytes: bytesOf(body), check })) }
}

async function invite(
  sandbox: Sandbox,
  userId: string,
  role: string,
  options: readonly string[] = [],
): Promise<string> {
  const words = ['user', 'invite', userId, '--corp', CORP, '--role', role, ...options]
  const { link } = (await runGenjin(sandbox, words)) as { link: string }
  return link.slice(link.indexOf('#') + 1)
}

/** Accepts an invitation. Returns the cookie of the session. */
async function signIn(server: Server, invitation: string): Promise<string> {
  const response = await fetch(`${server.url}/invitation/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ invitation, password: randomBytes(16).toString('hex') }),
  })
  const value = /genjin=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1]
  if (value === undefined) throw new Error(`no session: ${await response.text()}`)
  // The host of these requests is not the loopback address, where the name has a prefix.
  return `genjin=${value}`
}

function print(name: string, side: Side, beside: Side): void {
  const { perSecond, cpuUs } = side
  const ratio = side === beside ? '' : `${ratioOf(side, beside).toFixed(2)} of the line above`
  const rate = Math.round(perSecond).toLocaleString('en-US').padStart(8)
  console.log(
    `${name.padEnd(36)}${rate} pages/s  ${(cpuUs ?? Number.NaN).toFixed(0).padStart(6)} µs CPU  ${ratio}`,
  )
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { records: { type: 'string' }, seconds: { type: 'string' } } })
  const [records, seconds] = [Number(values.records ?? 100_000), Number(values.seconds ?? 2)]
  if (!Number.isInteger(records) || records < 1000 || !(seconds > 0)) {
    console.error(USAGE)
    process.exitCode = 2
    return
  }
  await people(records, { warmUpSeconds: seconds / 2, rounds: 5, roundSeconds: seconds, times: 0 })
}

await main()
