import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { exportText, genjin, genjinDone, startGenjin, startServe } from '../support/cli.ts'
import { send, TestClient } from '../support/client.ts'
import { ENGINE, emptyDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { noteSecret } from '../support/recording.ts'

const SQLITE = ENGINE === 'sqlite'

/** The demo company, made by the first test that starts it. */
const demo = await emptyDatabase()
after(() => demo[Symbol.asyncDispose]())

const curl = spawnSync('curl', ['--version']).status === 0

test('serve --demo greets with appid, app_secret, the address of the reference and a curl line that works', async (context) => {
  await using process = startGenjin(['serve', '--demo', '--port', '0', '--database', demo.database])
  const [, line = ''] = await process.printed('stdout', /^(curl .*)\n\n/m)
  const [greeting] = await process.printed('stdout', /[\s\S]+/)
  const find = (pattern: RegExp) => pattern.exec(greeting)?.[1] as string
  const client = new TestClient(find(/is listening: (http:\S+)/), {
    appid: find(/^ {2}appid {7}(\S+)$/m),
    app_secret: find(/^ {2}app_secret {2}(\S+)$/m),
  })
  assert.equal(find(/API reference: (\S+)/), `${client.url}/docs`)
  const page = await send(client.url, { path: '/docs/' })
  assert.equal(page.status, 200)
  assert.match(String(page.headers['content-type']), /text\/html/)
  assert.ok((await client.list()).total >= 5000)

  if (!curl) {
    context.skip('curl is not on this machine: the line itself was not run')
    return
  }
  await using shell = startGenjin(['-c', line], { program: 'sh' })
  const { code, stdout, stderr } = await shell.ended
  assert.equal(code, 0, stderr)
  const answer = JSON.parse(stdout)
  assert.equal(answer.code, 0, stdout)
  assert.equal(answer.data.records.length, 2)
})

test('a restart prints the same credentials and leaves the data as it is', async () => {
  await using first = await startServe(['--demo', '--database', demo.database])
  const credentials = first.demo
  assert.ok(credentials)
  const client = new TestClient(first.url, credentials)
  const { records } = await client.list({ page_size: 1 })
  const { business_id, follow_user_id } = records[0] as Record<string, string>
  const made = await client.post('crm/follow/create', {
    type: 1,
    id: business_id,
    user_id: follow_user_id,
    contact_type: '拜访',
    follow_content: '重启之前',
  })
  assert.equal(made.envelope.code, 0, made.text)
  assert.equal((await first.stop()).code, 0)
  const before = await exportText(demo.database, 'demo')

  await using second = await startServe(['--demo', '--database', demo.database])
  assert.deepEqual(second.demo, credentials)
  const again = new TestClient(second.url, credentials)
  assert.equal((await again.list({ id_list: [made.envelope.data] })).total, 1)
  assert.equal((await second.stop()).code, 0)
  assert.ok((await exportText(demo.database, 'demo')) === before)

  const withoutDemo = await startServe(['--database', demo.database])
  await using _ = withoutDemo
  assert.equal(withoutDemo.demo, undefined, 'credentials are shown with --demo only')
})

test('key file and database are for their owner alone, and a database refuses to start without its own key', async () => {
  await using temp = await emptyDatabase()
  const { database } = temp
  // Without GENJIN_KEY, which the tests give where there is no file beside the database.
  const options = { cwd: temp.path, env: { GENJIN_KEY: '' } }
  await genjinDone(['migrate', '--database', database], options)
  const { hostname, port, pathname } = new URL(database)
  const file = SQLITE ? 'genjin.db.key' : `data/${hostname}-${port}-${pathname.slice(1)}.key`
  const path = join(temp.path, file)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(SQLITE ? join(temp.path, 'genjin.db') : dirname(path)).mode & 0o077, 0)
  const others = readdirSync(dirname(path)).filter((name) => name !== basename(path))
  const key = readFileSync(path, 'utf8')
  noteSecret(key.trim())
  const assertRefused = async (message: RegExp) => {
    const { code, stdout, stderr } = await genjin(['serve', '--port', '0', '--database', database], options)
    assert.deepEqual([code, stdout], [1, ''])
    assert.ok(message.test(stderr) && stderr.includes(file), stderr)
  }

  rmSync(path)
  await assertRefused(/密钥文件 .* 不存在.*请从备份恢复它/)
  assert.deepEqual(readdirSync(dirname(path)), others, 'no other key takes its place')
  writeFileSync(path, `${randomBytes(32).toString('base64')}\n`)
  await assertRefused(/密钥与数据库不符：/)
  writeFileSync(path, 'half a k')
  await assertRefused(/已损坏：请从备份恢复/)

  const env = { GENJIN_KEY: key.trim() }
  await genjinDone(['migrate', '--database', database], { env })
})

test('GENJIN_KEY stands for the key file; another one is refused, and so is one that is too short', async () => {
  await using temp = await emptyDatabase()
  const { database } = temp
  const keys = [randomBytes(32).toString('base64'), randomBytes(32).toString('hex')] as const
  for (const key of keys) noteSecret(key)
  const migrate = (key: string) => genjin(['migrate', '--database', database], { env: { GENJIN_KEY: key } })
  assert.equal((await migrate(keys[0])).code, 0)
  if (SQLITE) assert.deepEqual(readdirSync(temp.path), ['genjin.db'], 'no key file beside the database')
  assert.equal((await migrate(keys[0])).code, 0)

  const other = await migrate(keys[1])
  assert.equal(other.code, 1)
  assert.match(other.stderr, /密钥与数据库不符：.*GENJIN_KEY/)
  for (const key of ['short', randomBytes(31).toString('base64'), 'a'.repeat(40)]) {
    const short = await migrate(key)
    assert.equal(short.code, 1)
    assert.match(short.stderr, /GENJIN_KEY 不可用：须为至少 32 字节/)
    assert.ok(!short.stderr.includes(key) || key === 'short', 'the key itself is not repeated')
  }
})

test('a database of a newer version is refused in Chinese and English, and left as it is', async () => {
  await using temp = await emptyDatabase()
  const { database } = temp
  await genjinDone(['migrate', '--database', database])
  await temp.query("INSERT INTO schema_migration VALUES (999, '999-future', 0)")
  const message = /数据库的结构版本是 999，.*请升级 genjin.* \/ .*schema version 999.*upgrade genjin/
  const commands = [['serve', '--port', '0'], ['migrate'], ['corp', 'add', 'x']]
  await assertFails(commands.map((command) => [[...command, '--database', database], 1, message]))
  assert.deepEqual(await temp.query('SELECT 1 FROM corp'), [])
})

test('a port that is taken is told in Chinese and English', async () => {
  await using one = await emptyDatabase()
  await using two = await emptyDatabase()
  await using server = await startServe(['--database', one.database])
  const { port } = new URL(server.url)
  const message = /端口 \d+ 已被占用，请换一个 --port \/ port \d+ is taken, choose another --port/
  await assertFails([[['serve', '--port', port, '--database', two.database], 1, message]])
  if (SQLITE)
    assert.deepEqual(readdirSync(two.path), ['genjin.db', 'genjin.db.key'], 'the database was closed')
})
