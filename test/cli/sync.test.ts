import assert from 'node:assert/strict'
import { existsSync, globSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { parseExact } from 'genjin-client'
import { syncUnderFire } from '../crash/sync-crash.ts'
import { addApp, addCompany, genjin, genjinDone, startGenjin } from '../support/cli.ts'
import type { TestClient } from '../support/client.ts'
import { emptyDatabase, tempDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { platformDouble } from '../support/platform-double.ts'
import { follow, startTestServer, type TestServer } from '../support/server.ts'
import { credentialsFile, serveCompany } from '../support/serving.ts'
import { tempFolder } from '../support/temp-folder.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

interface Target extends AsyncDisposable {
  readonly to: string
  /** A folder for files beside it. */
  readonly path: string
  /** Id → content of all rows. */
  contents(): Promise<Map<string, string>>
}

async function tableTarget() {
  const temp = await emptyDatabase()
  return {
    ...temp,
    to: temp.database,
    contents: async () => {
      const rows = await temp.query('SELECT CAST(id AS TEXT) AS id, content FROM follow_up')
      return new Map(rows.map(({ id, content }) => [String(id), String(content)]))
    },
  }
}

function folderTarget(): Target {
  const folder = tempFolder()
  const to = join(folder.path, 'out')
  return {
    to,
    path: folder.path,
    contents: async () => {
      const lines = globSync('*/*.ndjson', { cwd: to }).flatMap((name) =>
        readFileSync(join(to, name), 'utf8').trim().split('\n'),
      )
      const records = lines.map(
        (line) => parseExact(line) as { id: { rawJSON?: string } | number; content: string },
      )
      return new Map(
        records.map(({ id, content }) => [String(typeof id === 'object' ? id.rawJSON : id), content]),
      )
    },
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  }
}

/** The command line that follows the server as this client's app. */
function syncArgs({ path, to }: Pick<Target, 'path' | 'to'>, { credentials }: TestClient): string[] {
  return ['sync', '--from', server.url, '--app', credentialsFile(path, credentials), '--to', to]
}

const STAFF = { kind: 'staff', user_id: 'zhang', name: '张伟' }

async function underFire(corp: string, target: Target, seconds: number) {
  const client = await server.company(corp, [STAFF])
  const { credentials } = client
  const app = credentialsFile(target.path, credentials)
  const report = await syncUnderFire({ url: server.url, credentials, app, to: target.to, seconds })
  assert.deepEqual(await target.contents(), report.contents)
  return report
}

test('sync into a table follows 16 writers, deletions included, killed at random, and ends equal', async () => {
  await using target = await tableTarget()
  const report = await underFire('fire', target, 6)
  assert.ok(report.kills >= 3 && report.writes > 100 && report.deletions > 5, JSON.stringify(report))
})

test('sync into a folder follows them as well', async () => {
  await using target = folderTarget()
  await underFire('fire-folder', target, 4)
})

test('run again it takes only what changed; custom fields are columns; after an expired cursor everything is read again', async () => {
  await using target = await tableTarget()
  const client = await server.company('again', [
    STAFF,
    {
      kind: 'custom_field',
      key: 'level',
      name: '等级',
      type: 'single',
      options: [{ id: 'a', name: '重点' }],
    },
    follow({ id: 1538877699425540000, field_map: { level: 'a' } }),
    follow({ id: 2 }),
    follow({ id: 3 }),
  ])
  const args = [...syncArgs(target, client), '--check', '--json']
  const run = async () => JSON.parse((await genjinDone(args)).stdout)
  assert.deepEqual(await run(), { changes: 3, anew: false, equal: true })
  assert.deepEqual(await run(), { changes: 0, anew: false, equal: true })
  await client.post('crm/follow/delete', { follow_id: 2, user_id: 'zhang', reason: '重复' })
  await client.post('crm/follow/update', { follow_id: 3, user_id: 'zhang', follow_content: '改过' })
  assert.deepEqual(await run(), { changes: 2, anew: false, equal: true })
  const contents = await target.contents()
  assert.deepEqual([...contents.keys()].sort(), ['1538877699425540000', '3'].sort())
  assert.equal(contents.get('3'), '改过')
  await genjinDone(['feed', 'reset', '--corp', 'again', '--database', server.temp.database])
  // The whole feed: present records, and earlier changes of deleted ones.
  assert.deepEqual(await run(), { changes: 5, anew: true, equal: true })
  assert.deepEqual(await target.contents(), contents)
})

test('--every runs until Ctrl-C, with exit code 0', async () => {
  await using target = folderTarget()
  const client = await server.company('every', [STAFF, follow({ id: 1 })])
  await using process = startGenjin([...syncArgs(target, client), '--every', '1'])
  await process.printed('stdout', /已同步 1 个变更\n/)
  await server.load('every', [follow({ id: 2 }), follow({ id: 3 })])
  await process.printed('stdout', /已同步 2 个变更\n/)
  process.kill('SIGINT')
  assert.equal((await process.ended).code, 0)
  assert.equal((await target.contents()).size, 3)
})

test('--every: a temporary failure of the target does not end it; a refusal does', async () => {
  using folder = tempFolder()
  const copy = join(folder.path, 'copy.db')
  const client = await server.company('passing', [STAFF, follow({ id: 1 })])
  mkdirSync(copy)
  const args = syncArgs({ path: folder.path, to: `sqlite:${copy}` }, client)
  await using process = startGenjin([...args, '--every', '1'])
  await process.printed('stderr', /^genjin: 目标无法使用[^\n]*下一轮重试[^\n]*\n/)
  rmdirSync(copy)
  await process.printed('stdout', /已同步 1 个变更\n/)
  {
    using database = new DatabaseSync(copy) as DatabaseSync & Disposable
    database.exec("UPDATE genjin_sync SET source = 'other', revision = revision + 1")
  }
  await server.load('passing', [follow({ id: 2 })])
  const { code, stderr } = await process.ended
  assert.equal(code, 1)
  assert.match(stderr, /another process/)
})

test('a company of a local database can be the source', async () => {
  await using target = folderTarget()
  await server.company('local', [STAFF, follow({ id: 1 })])
  const args = ['sync', '--corp', 'local', '--database', server.temp.database, '--to', target.to, '--check']
  assert.equal((await genjinDone(args)).stdout, '已同步 1 个变更；与来源一致\n')
})

test('another app of the company, another spelling of the address, and the database itself are the same source', async () => {
  await using table = await tableTarget()
  await using folder = folderTarget()
  // A process of its own: it has the key file that the command finds beside the database.
  await using serving = await serveCompany([STAFF, follow({ id: 1 }), follow({ id: 2 })])
  const { database } = serving.temp
  const second = await addApp(database, 'acme')
  for (const target of [table, folder]) {
    const args = syncArgs(target, serving.client).with(2, serving.server.url)
    const run = async (...more: string[]) => (await genjinDone(more.length > 0 ? more : args)).stdout
    assert.equal(await run(), '已同步 2 个变更\n')
    const { url } = serving.server
    for (const from of [url.replace('http://127.0.0.1', 'HTTP://LocalHost'), `${url}/`]) {
      assert.equal(await run(...args.with(2, from)), '已同步 0 个变更\n')
    }
    const app = join(target.path, 'second.json')
    writeFileSync(app, JSON.stringify(second))
    assert.equal(await run(...args.with(4, app)), '已同步 0 个变更\n')
    const local = ['sync', '--corp', 'acme', '--database', database, '--to', target.to]
    assert.equal(await run(...local), '已同步 0 个变更\n')
    assert.equal(await run(...args, '--check'), '已同步 0 个变更；与来源一致\n')
    assert.deepEqual([...(await target.contents()).keys()].sort(), ['1', '2'])
  }
})

test('a change of columns that a view prevents: everything else is synced, exit code 0, and the view is named', async () => {
  await using target = await tableTarget()
  const price = { kind: 'custom_field', key: 'price', name: '金额', type: 'text' }
  const client = await server.company('viewed', [STAFF, price, follow({ id: 1 }), follow({ id: 2 })])
  const args = syncArgs(target, client)
  await genjinDone(args)
  await target.query('CREATE VIEW report AS SELECT id, field_price FROM follow_up')
  await client.post('crm/follow/field/delete', { key: 'price' })
  await client.post('crm/follow/field/save', { key: 'price', name: '金额', type: 'number' })
  await client.post('crm/follow/delete', { follow_id: 2, user_id: 'zhang', reason: '重复' })
  const { stdout, stderr } = await genjinDone([...args, '--check'])
  assert.equal(stdout, '已同步 1 个变更；与来源一致\n')
  assert.match(stderr, /^genjin: .*field_price.*view report/m)
  const { warnings, ...report } = JSON.parse((await genjinDone([...args, '--json'])).stdout)
  assert.deepEqual(report, { changes: 0, anew: false })
  assert.match(warnings.join(), /view report/)
  assert.deepEqual([...(await target.contents()).keys()], ['1'])
  await target.query('DROP VIEW report')
  assert.equal((await genjinDone(args)).stderr, '')
})

test('a company of the same name in another database is another source', async () => {
  await using target = folderTarget()
  await server.company('namesake', [follow({ id: 1 })])
  await using other = await tempDatabase()
  await addCompany(other.database, 'namesake')
  const argsFor = (database: string) => [
    'sync',
    '--corp',
    'namesake',
    '--database',
    database,
    '--to',
    target.to,
  ]
  await genjinDone(argsFor(server.temp.database))
  await assertFails([[argsFor(other.database), 1, /是 .*namesake.* 的副本/]])
  assert.equal((await target.contents()).size, 1)
})

test('--check: the first and the last day, days of another zone, and real differences', async () => {
  await using target = folderTarget()
  const times = [0, Date.UTC(2025, 0, 15, 20), Date.UTC(2025, 3, 1), 253402300799999]
  const lines = times.map((follow_time, index) => follow({ id: index + 1, follow_time }))
  const client = await server.company('new-york', lines, 'America/New_York')
  const args = [...syncArgs(target, client), '--check']
  const { stdout, stderr } = await genjinDone(args)
  assert.equal(stdout, '已同步 4 个变更；与来源一致\n')
  assert.match(stderr, /--time-zone Asia\/Shanghai/)
  const day = globSync(join(target.to, '2025/2025-01-*.ndjson'))[0] as string
  writeFileSync(day, readFileSync(day, 'utf8').replace('内容', '不同'))
  assert.equal((await genjinDone(args)).stdout, '已同步 0 个变更；修复了 1 个文件；与来源一致\n')
  assert.match(readFileSync(day, 'utf8'), /内容/)
  {
    using database = new DatabaseSync(join(target.to, '.genjin/sync.db')) as DatabaseSync & Disposable
    database.exec("UPDATE follow_up SET content = '不同' WHERE id = 3")
  }
  const zoned = await genjin([...args, '--time-zone', 'America/New_York', '--json'])
  assert.equal(zoned.code, 1)
  const { error, ...told } = JSON.parse(zoned.stdout)
  // Files written for another zone, or changed rows, do not count as mended files.
  assert.deepEqual(told, { changes: 0, anew: false, equal: false })
  assert.match(error, /--time-zone America\/New_York/)
})

test('reported: another source, a server without a change feed, wrong options', async () => {
  await using target = folderTarget()
  const one = await server.company('one', [follow({ id: 1 })])
  const other = await server.company('other', [follow({ id: 1 })])
  await genjinDone(syncArgs(target, one))
  const unknown = ['--appid', 'nobody', '--to', join(target.path, 'unknown')]
  const stranger = await genjin(['sync', '--from', server.url, ...unknown], {
    env: { GENJIN_APP_SECRET: 'secret' },
  })
  assert.equal(stranger.code, 1)
  assert.ok(!existsSync(join(target.path, 'unknown')))
  const mixed = await genjin(syncArgs(target, other))
  assert.equal(mixed.code, 1)
  assert.ok(mixed.stderr.includes(one.credentials.appid) && mixed.stderr.includes(other.credentials.appid))
  await using platform = await platformDouble([])
  const there = ['sync', '--from', platform.url, '--appid', 'wxapp', '--to', join(target.path, 'platform')]
  await assertFails([[there, 1, /genjin pull/]], { env: { GENJIN_APP_SECRET: 'wxsecret' } })
  assert.ok(!existsSync(join(target.path, 'platform')))
  for (const wrong of [
    [...syncArgs(target, one), '--every', '0'],
    [...syncArgs(target, one), '--time-zone', 'Mars'],
    syncArgs({ ...target, to: 'mysql://user:hush@host/db' }, one),
  ]) {
    const { code, stderr } = await genjin(wrong)
    assert.ok(code === 1 || code === 2, stderr)
    assert.ok(!stderr.includes('hush'))
  }
  assert.equal((await genjin(['sync', '--from', server.url, '--appid', 'a'])).code, 2)
  assert.ok(existsSync(target.to))
})
