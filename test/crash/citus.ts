import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { addApp, addCompany, importLines, startServe } from '../support/cli.ts'
import { TestClient } from '../support/client.ts'
import { assertWithin } from '../support/crowding.ts'
import { tempDatabase } from '../support/database.ts'
import { asAdmin, prepareCitus } from '../support/postgres.ts'
import { times } from './test-data.ts'

/** What the store does, the rules of the wire, and models of lists and of the feed. */
const FILES = [
  'packages/server/src/store/driver/postgres.once.test.ts',
  ...['create', 'dictionary', 'directory', 'feed', 'legacy-lists', 'list', 'write'].map(
    (name) => `test/rules/${name}.test.ts`,
  ),
  ...['rights', 'bundle', 'people', 'apps'].map((name) => `test/people/${name}.test.ts`),
  ...['totals-crash', 'feed-crash', 'keys-crash', 'interleaving'].map((name) => `test/${name}.test.ts`),
]

const COMPANIES = 50
const RECORDS = 100
const KEY = Buffer.alloc(32, 'genjin citus').toString('base64')
/** Longest that a request of a company may take whose worker is gone. */
const FAIL_MS = 2_000
const AWAY_MS = 10_000

export interface CitusOptions {
  /** A superuser's address of the coordinator. */
  readonly admin: string
  readonly rights: 'NOSUPERUSER' | 'SUPERUSER'
  readonly log: (text: string) => void
}

/** Everything above on a cluster, then how evenly companies lie on its workers, and what one that stops does to others. */
export async function citus({ admin, rights, log }: CitusOptions) {
  await using cluster = await prepareCitus(admin, rights)
  await runTests()
  log(`${rights}: ${FILES.length} files of tests passed, no statement needed more than one shard`)
  await using temp = await tempDatabase('postgres')
  const { database, adminUrl = '' } = temp
  const workers = cluster.nodes.map((node) => {
    const url = new URL(node)
    url.pathname = new URL(database).pathname
    return url
  })
  await using server = await startServe(['--database', database], { env: { GENJIN_KEY: KEY } })
  const companies = await makeCompanies(database, adminUrl, server.url)
  const before = await scansOn(workers)
  for (const { client } of companies) {
    for (const page of times(5, (at) => at + 1)) await client.list({ current_index: page, page_size: 20 })
    for (const number of times(5, (at) => at)) await client.done('crm/follow/create', body(`even-${number}`))
  }
  const after = await scansOn(workers)
  const perWorker = workers.map((worker, at) => ({
    worker: worker.port,
    companies: companies.filter(({ port }) => port === worker.port).length,
    records: companies.filter(({ port }) => port === worker.port).length * (RECORDS + 5),
    scans: (after[at] as number) - (before[at] as number),
  }))
  const outage = await stopWorker(workers[0] as URL, companies, log)
  return { rights, catalog: await catalogOf(adminUrl), perWorker, outage }
}

async function runTests(): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--test', '--test-isolation=none', '--test-reporter=dot', ...FILES],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: 'inherit',
      env: { ...process.env, GENJIN_TEST_ENGINE: 'postgres' },
    },
  )
  const [code] = await once(child, 'exit')
  assert.equal(code, 0, 'tests failed on the cluster')
}

interface Company {
  readonly client: TestClient
  /** Port of the worker that has its rows. */
  readonly port: string
}

async function makeCompanies(database: string, adminUrl: string, url: string): Promise<Company[]> {
  const companies: Company[] = []
  for (const id of times(COMPANIES, (at) => `c${at}`)) {
    await addCompany(database, id, KEY)
    const lines = times(RECORDS, (at) => ({
      ...{ kind: 'follow', id: at + 1, follow_user_id: 'zhang', business_type: 1, business_id: `t${at % 7}` },
      ...{ follow_time: 1_700_000_000_000 + at * 3_600_000, content: `${id}-${at}`, follow_type: 1 },
    }))
    await importLines(
      database,
      id,
      ['{"kind":"staff","user_id":"zhang","name":"张伟"}', ...lines.map((line) => JSON.stringify(line))],
      KEY,
    )
    const credentials = await addApp(database, id, { env: { GENJIN_KEY: KEY } })
    const [node] = await query(
      adminUrl,
      `SELECT n.nodeport FROM corp c
         JOIN pg_dist_placement p ON p.shardid = get_shard_id_for_distribution_column('follow', c.corp)
         JOIN pg_dist_node n ON n.groupid = p.groupid
       WHERE c.id = '${id}'`,
    )
    companies.push({ client: new TestClient(url, credentials), port: String(node?.nodeport) })
  }
  return companies
}

function body(content: string) {
  return { type: 1, id: 'c', user_id: 'zhang', contact_type: '拜访', follow_content: content }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  return asAdmin(async (client) => (await client.query(text)).rows, url)
}

/**
 * How often each worker has looked into a shard of the test's database so far, by an index or without. Transactions are no
 * measure: the nodes have connections of their own.
 */
async function scansOn(workers: readonly URL[]): Promise<number[]> {
  // A connection that has become idle reports its numbers within 10 s.
  await sleep(12_000)
  const counts: number[] = []
  for (const { href } of workers) {
    const sum = await asAdmin(async (client) => {
      await client.query('SET citus.override_table_visibility TO off')
      return client.query(
        'SELECT sum(seq_scan + coalesce(idx_scan, 0))::INTEGER AS n FROM pg_stat_user_tables',
      )
    }, href)
    counts.push(Number(sum.rows[0]?.n))
  }
  return counts
}

/** The placement of every table, and what there is of foreign keys and forced row-level security. */
async function catalogOf(adminUrl: string) {
  const tables = await query(
    adminUrl,
    `SELECT logicalrelid::TEXT AS table, partmethod, repmodel, colocationid FROM pg_dist_partition ORDER BY 1`,
  )
  const [shards] = await query(
    adminUrl,
    `SELECT count(*)::INTEGER AS shards, count(DISTINCT p.groupid)::INTEGER AS nodes
     FROM pg_dist_shard s JOIN pg_dist_placement p ON p.shardid = s.shardid WHERE s.logicalrelid = 'follow'::regclass`,
  )
  const [walls] = await query(
    adminUrl,
    `SELECT (SELECT count(*)::INTEGER FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace) AS "foreignKeys",
       (SELECT count(*)::INTEGER FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace) AS forced`,
  )
  return { tables: tables.map((row) => Object.values(row).join(' ')), ...shards, ...walls }
}

/** Stops a worker of this machine for AWAY_MS: its companies are refused within FAIL_MS, the others are served. */
async function stopWorker(worker: URL, companies: readonly Company[], log: (text: string) => void) {
  const [found] = await query(
    worker.href,
    `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::INTEGER AS pid`,
  )
  const pid = Number(found?.pid)
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  const { uid, gid } = statSync(`/proc/${pid}`)
  const cwd = readlinkSync(`/proc/${pid}/cwd`)
  const program = readlinkSync(`/proc/${pid}/exe`)
  log(`worker ${worker.port} is stopped for ${AWAY_MS / 1000} s`)
  process.kill(pid, 'SIGQUIT')
  const until = performance.now() + AWAY_MS
  const counts = { refused: 0, served: 0, slowestRefusalMs: 0 }
  while (performance.now() < until) {
    for (const { client, port } of companies) {
      const started = performance.now()
      const answer = await client.post('crm/follow/list', {
        page_size: 1,
        current_index: 1 + Math.floor(Math.random() * 50),
      })
      const ms = performance.now() - started
      if (port === worker.port) {
        assert.equal(answer.status, 503, answer.text)
        assertWithin(ms, FAIL_MS, 'a refusal')
        counts.refused++
        counts.slowestRefusalMs = Math.max(counts.slowestRefusalMs, ms)
      } else {
        assert.equal(answer.status, 200, answer.text)
        counts.served++
      }
    }
  }
  spawn(program, command.slice(1), { uid, gid, cwd, detached: true, stdio: 'ignore' }).unref()
  const healed = performance.now() + 20_000
  for (const { client } of companies) {
    while ((await client.post('crm/follow/list', {})).status !== 200) {
      assert.ok(performance.now() < healed, 'not healed')
      await sleep(100)
    }
  }
  return counts
}
