import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  addApp,
  addCompany,
  type Ended,
  genjin,
  genjinDone,
  importLines,
  startServe,
} from '../support/cli.ts'
import { assertRefused, TestClient } from '../support/client.ts'
import { emptyDatabase, tempDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { follow } from '../support/server.ts'
import { serveCompany } from '../support/serving.ts'

/** Every command with its own options, as documented. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  serve: ['--demo', '--host HOST', '--port PORT', '--tls-cert FILE', '--tls-key FILE', '--workers N'],
  'corp add': ['--name NAME', '--time-zone ZONE'],
  'app list': ['--corp ID'],
  'app add': ['--corp ID', '--label NAME', '--read-only'],
  'app create': ['--corp ID', '--label NAME', '--read-only'],
  'app rename': [],
  'app rotate': ['--old-hours N'],
  'app revoke': [],
  'token revoke': [],
  'user list': ['--corp ID'],
  'user invite': ['--corp ID', '--role ROLE', '--departments ID,ID'],
  'user role': ['--corp ID', '--departments ID,ID'],
  'user disable': ['--corp ID'],
  'user sessions': ['--corp ID', '--end'],
  import: ['--corp ID', '--strict'],
  export: [
    ...['--corp ID', '--out FILE', '--format ndjson|csv|xlsx', '--from URL', '--app FILE', '--appid ID'],
    ...['--headings zh|fields', '--raw', '--time-zone ZONE', '--target-type VALUE', '--target-id-list A,B,…'],
    ...['--id-list A,B,…', '--follow-user-ids A,B,…', '--follow-dep-ids A,B,…', '--fetch-child VALUE'],
    ...['--title VALUE', '--follow-time-start VALUE', '--follow-time-end VALUE', '--follow-type-list A,B,…'],
    '--follow-type-name VALUE',
  ],
  pull: ['--from URL', '--app FILE', '--appid ID', '--out FILE', '--corp ID', '--restart'],
  sync: [
    ...['--from URL', '--app FILE', '--appid ID', '--corp ID', '--to TARGET', '--table NAME'],
    ...['--time-zone ZONE', '--every SECONDS', '--check'],
  ],
  move: ['--from URL', '--to URL', '--corp ID'],
  'feed reset': ['--corp ID'],
  verify: ['--corp ID'],
  reindex: ['--corp ID'],
  migrate: ['--citus'],
  diff: [
    ...['--a URL', '--b URL', '--app-a FILE', '--appid-a ID', '--app-b FILE', '--appid-b ID'],
    ...['--requests N', '--seed N', '--show N'],
  ],
}

const GLOBAL = ['--database URL', '--json', '--help']

const CHINESE = /[\u4e00-\u9fff]/

/** Asserts that a row of a help text says it in Chinese, and the one below it in English. */
function assertBothLanguages(help: string, usage: string): void {
  const rows = help.split('\n')
  const at = rows.findIndex((row) => row.startsWith(`  ${usage}  `))
  assert.ok(at >= 0, `${usage} is not listed:\n${help}`)
  assert.match(rows[at] as string, CHINESE)
  assert.match(rows[at + 1] as string, /^ +[A-Za-z]/)
  assert.doesNotMatch(rows[at + 1] as string, CHINESE)
}

test('the general help lists every command and every common option in Chinese and English', async () => {
  const { code, stdout, stderr } = await genjin(['--help'])
  assert.equal(code, 0)
  assert.equal(stderr, '')
  for (const usage of GLOBAL) assertBothLanguages(stdout, usage)
  const listed = [...stdout.matchAll(/^ {2}genjin ([a-z]+(?: [a-z]+)?)/gm)].map((match) => match[1])
  assert.deepEqual(listed, Object.keys(COMMANDS))
  for (const exit of ['0 完成', '1 失败', '2 用法不对', '3 导入或拉取时跳过了无效行', '4 比较时有不同'])
    assert.ok(stdout.includes(exit), exit)
})

test('the help of each command lists each of its options in Chinese and English', async () => {
  const helps = await Promise.all(Object.keys(COMMANDS).map((name) => genjin([...name.split(' '), '--help'])))
  for (const [index, [name, options]] of Object.entries(COMMANDS).entries()) {
    const { code, stdout } = helps[index] as Ended
    assert.equal(code, 0, name)
    assert.ok(stdout.startsWith(`genjin ${name}`), stdout)
    const [, , zh = '', en = ''] = stdout.split('\n')
    assert.match(zh, CHINESE)
    assert.doesNotMatch(en, CHINESE)
    for (const usage of [...options, ...GLOBAL]) assertBothLanguages(stdout, usage)
    const listed = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].length
    assert.equal(listed, options.length + GLOBAL.length, stdout)
  }
})

test('without a command the help is shown and the usage was wrong', async () => {
  const { code, stdout } = await genjin([])
  assert.equal(code, 2)
  assert.match(stdout, /genjin serve/)
})

test('an unknown command, an unknown option and a missing argument or option are wrong usage, with a message', async () => {
  await using folder = await tempDatabase()
  const cases: readonly [readonly string[], RegExp][] = [
    [['serv'], /没有命令 serv，是不是 serve？ \/ unknown command serv, did you mean serve\?/],
    [['ap', 'add', '--corp', 'x'], /did you mean app add\?/],
    [['app', 'ad'], /did you mean app add\?/],
    [['exprot', '--corp', 'x'], /did you mean export\?/],
    [['corp', 'remove', 'x'], /没有命令 corp remove \/ unknown command corp remove \(genjin corp --help\)$/m],
    [['xyzzy', '--json-ish'], /没有命令 xyzzy \/ unknown command xyzzy \(genjin --help\)$/m],
    [['help', 'exprot'], /did you mean export\?/],
    [['--corp', 'demo', 'export'], /命令写在选项之前.*the command comes first/],
    [
      ['export', '--corp', 'demo', '--colour'],
      /没有选项 --colour \/ unknown option --colour \(genjin export --help\)$/m,
    ],
    [['serve', '--prot', '80'], /没有选项 --prot，是不是 --port？.*did you mean --port\?/],
    [['export', '--follow-user-id', 'u1'], /did you mean --follow-user-ids\?/],
    [['serve', '-p', '80'], /没有选项 -p/],
    [['serve', '--port'], /选项 --port 缺少值：写作 --port PORT.*--port needs a value/],
    [['serve', '--host', '--demo'], /--host needs a value/],
    [['serve', '--demo=yes'], /选项 --demo 不带值 \/ --demo takes no value/],
    [['serve', '--port', '80', '--port', '81'], /--port was given more than once/],
    [['import', '', '--corp', 'demo'], /usage: genjin import FILE\|-/],
    [['corp', 'add'], /用法 \/ usage: genjin corp add ID/],
    [['corp', 'add', 'one', 'two'], /usage: genjin corp add ID/],
    [['import', '--corp', 'demo'], /usage: genjin import FILE\|-/],
    [['app', 'add'], /缺少选项 --corp \/ missing option --corp/],
    [['import', 'x.ndjson'], /missing option --corp/],
    [['export'], /missing option --corp/],
    [['export', '--corp', 'demo', '--title', 'x'], /--title goes with --format only/],
    [['export', '--corp', 'demo', '--format', 'xls'], /--format must be one of ndjson, csv, xlsx/],
    [['export', '--format', 'csv'], /--from \(a server\) or --corp/],
    [['pull', '--out', 'x.ndjson'], /missing option --from/],
    [['pull', '--from', 'http://localhost'], /give either --out \(a file\) or --corp/],
    [['pull', '--from', 'http://localhost', '--out', 'x'], /GENJIN_APP_SECRET/],
    [['sync', '--corp', 'demo'], /missing option --to/],
    [['sync', '--to', 'copy'], /--from \(a server\) or --corp/],
    [['sync', '--to', 'copy', '--every', '0'], /--every must be 1 to 86400: 0/],
    [['diff', '--a', 'http://localhost'], /missing option --b/],
    [['diff', '--a', 'http://localhost', '--b', 'http://localhost'], /GENJIN_APP_SECRET_A/],
    [['serve', '--port', '65536'], /--port 须为 0 到 65535 的整数 \/ --port must be 0 to 65535: 65536/],
    [['serve', '--port', 'http'], /--port must be 0 to 65535: http/],
    [['serve', '--workers', '0'], /--workers 须为 1 到 64 的整数 \/ --workers must be 1 to 64: 0/],
    [['serve', '--workers', '65'], /--workers must be 1 to 64: 65/],
    [['serve', '--workers', 'two'], /--workers must be 1 to 64: two/],
  ]
  await assertFails(
    cases.map(([args, message]) => [args, 2, message]),
    { cwd: folder.path },
  )
})

test('with --json a failure is one line of JSON on standard output', async () => {
  await using folder = await tempDatabase()
  await addCompany(folder.database, 'acme')
  const { code, stdout, stderr } = await genjin(
    ['app', 'add', '--corp', 'none', '--json', '--database', folder.database],
    { cwd: folder.path },
  )
  assert.equal(code, 1)
  assert.equal(stderr, '')
  assert.match(JSON.parse(stdout).error, /企业 none 不存在/)
  assert.equal(stdout.indexOf('\n'), stdout.length - 1)
})

test('corp add creates a company once, and refuses a bad id, an empty name and an unknown time zone', async () => {
  await using folder = await tempDatabase()
  const { database } = folder
  const words = 'corp add acme --name 示例 --time-zone Europe/Berlin --json --database'.split(' ')
  const added = await genjinDone([...words, database])
  assert.deepEqual(JSON.parse(added.stdout), { corp: 'acme', name: '示例', time_zone: 'Europe/Berlin' })

  // The time zone is that of China unless another is named.
  const plain = await genjinDone(['corp', 'add', 'other', '--database', database])
  assert.match(plain.stdout, /other.*Asia\/Shanghai/)

  const refusals: readonly [readonly string[], RegExp][] = [
    [['acme'], /企业 acme 已存在/],
    [['a b'], /企业 ID a b 不可用/],
    [['x'.repeat(65)], /不可用：1 到 64 个/],
    [['third', '--name', 'x'.repeat(257)], /--name 须为 1 到 256 个字符/],
    [['third', '--time-zone', 'Asia/Peking'], /时区 --time-zone Asia\/Peking 不存在/],
  ]
  const add = (args: readonly string[]) => ['corp', 'add', ...args, '--database', database]
  await assertFails(refusals.map(([args, message]) => [add(args), 1, message]))
})

test('app add prints exactly one line of JSON, and refuses an unknown company', async () => {
  await using folder = await tempDatabase()
  const { database } = folder
  await addCompany(database, 'acme')
  const words = 'app add --corp acme --json --database'.split(' ')
  const { stdout, stderr } = await genjinDone([...words, database])
  assert.match(stdout, /^\{"appid":"gj[0-9a-z]{18}","app_secret":"gjs_[\w-]{43}"\}\n$/)
  assert.equal(stderr, '')
  const second = await addApp(database, 'acme')
  assert.notEqual(second.appid, JSON.parse(stdout).appid)

  const unknown = ['app', 'add', '--corp', 'nobody', '--database', database]
  await assertFails([[unknown, 1, /企业 nobody 不存在：请先运行 genjin corp add nobody/]])
})

test('token revoke and app revoke are seen at once by a running server', async () => {
  await using company = await serveCompany([])
  const { client: app, temp } = company
  const { database } = temp
  const { appid } = app.credentials
  const before = await app.token()
  assert.equal((await app.list()).total, 0)

  await genjinDone(['token', 'revoke', appid, '--database', database])
  assertRefused(await app.post('crm/follow/list', {}), 10011)
  app.forgetToken()
  assert.notEqual(await app.token(), before)
  assert.equal((await app.list()).total, 0)

  await genjinDone(['app', 'revoke', appid, '--database', database])
  assertRefused(await app.post('crm/follow/list', {}), 10011)
  const asked = await app.askToken()
  assert.equal(asked.envelope.code, 40100, asked.text)

  const unknown = ['revoke', 'gj000001000000000000', '--database', database]
  const message = /应用 gj000001000000000000 不存在/
  await assertFails(['app', 'token'].map((command) => [[command, ...unknown], 1, message]))
})

test('feed reset invalidates the cursors of one company or of all, seen at once by a running server', async () => {
  await using folder = await tempDatabase()
  const { database } = folder
  await using server = await startServe(['--database', database])
  const clients: TestClient[] = []
  for (const id of ['one', 'two']) {
    await addCompany(database, id)
    clients.push(new TestClient(server.url, await addApp(database, id)))
  }
  const ask = async (cursors: readonly string[] = []) => {
    const asked = clients.map((client, index) =>
      client.post('crm/follow/changes', { cursor: cursors[index] }),
    )
    return (await Promise.all(asked)).map(({ envelope }) => envelope)
  }
  const cursorsOf = async (): Promise<string[]> => (await ask()).map(({ data }) => data.cursor)
  const codes = async (cursors: readonly string[]) => (await ask(cursors)).map(({ code }) => code)
  const early = await cursorsOf()
  assert.deepEqual(await codes(early), [0, 0])
  const reset = ['feed', 'reset', '--database', database]
  assert.equal((await genjinDone([...reset, '--corp', 'one'])).stdout, '已重置变更流：one\n')
  assert.deepEqual(await codes(early), [40930, 0])
  const late = await cursorsOf()
  assert.deepEqual(JSON.parse((await genjinDone([...reset, '--json'])).stdout), { reset: ['one', 'two'] })
  assert.deepEqual(await codes(late), [40930, 40930])
  assert.equal((await genjin([...reset, '--corp', 'nobody'])).code, 1)
})

test('verify finds what does not match the records, and reindex corrects it', async () => {
  await using folder = await tempDatabase()
  const { database } = folder
  for (const id of ['one', 'two']) {
    await addCompany(database, id)
    const lines = [1, 2, 3].map((number) => JSON.stringify(follow({ id: number, business_id: `c${number}` })))
    await importLines(database, id, lines)
  }
  const verify = ['verify', '--database', database]
  const clean = await genjinDone(verify)
  assert.equal(clean.stdout, 'one：跟进 3 条，计数与索引表全部相符\ntwo：跟进 3 条，计数与索引表全部相符\n')
  await using server = await startServe(['--database', database])
  const client = new TestClient(server.url, await addApp(database, 'two'))
  assert.equal((await client.list({})).total, 3)
  // Changed behind the server's back.
  const two = "(SELECT corp FROM corp WHERE id = 'two')"
  await folder.query(`UPDATE follow_count SET n = n + 1 WHERE corp = ${two} AND dimension = 0 AND width = 0`)
  await folder.query(`DELETE FROM follow_count WHERE corp = ${two} AND dimension = 3 AND width = 1`)
  await folder.query(`DELETE FROM follow_target WHERE corp = ${two} AND target_id = 'c2'`)
  await folder.query(`INSERT INTO follow_target VALUES (${two}, 'stray', 0, 5, 1)`)
  const broken = await genjin(verify)
  assert.equal(broken.code, 1)
  assert.match(
    broken.stdout,
    /^one：跟进 3 条，计数与索引表全部相符\ntwo：跟进 3 条，有不符，请运行 genjin reindex --corp two\n/,
  )
  assert.match(broken.stdout, /计数“全部”（员工跟进，全部时间）多 1\n/)
  assert.match(broken.stdout, /计数“跟进人 zhang”（员工跟进，第 \d+ 个 32 天）少 3\n/)
  assert.match(broken.stdout, /follow_target 缺 1 行，多 1 行\n$/)
  const report = JSON.parse((await genjin([...verify, '--json', '--corp', 'two'])).stdout)
  assert.equal(report.clean, false)
  assert.equal(report.corps[0].wrongCounters.length, 2)
  for (const { dimension, width } of report.corps[0].wrongCounters) {
    assert.match(`${dimension} ${width}`, /^(all|targetType|followType|user|pair) (always|block|day)$/)
  }
  assert.equal((await genjinDone([...verify, '--corp', 'one'])).code, 0)
  const reindex = await genjinDone(['reindex', '--corp', 'two', '--database', database])
  assert.equal(reindex.stdout, '已重建：two\n')
  assert.equal((await genjinDone(verify)).stdout, clean.stdout)
  assert.equal((await client.list({})).total, 3)
  assert.equal((await client.list({ target_id_list: ['c2'] })).total, 1)
  assert.equal((await genjin([...verify, '--corp', 'nobody'])).code, 1)
})

test('migrate creates the schema once and then has nothing to do', async () => {
  await using folder = await emptyDatabase()
  const migrate = ['migrate', '--json', '--database', folder.database]
  const first = JSON.parse((await genjinDone(migrate)).stdout)
  assert.ok(first.applied.length > 0)
  assert.equal(first.version, first.applied.length)
  const second = JSON.parse((await genjinDone(migrate)).stdout)
  assert.deepEqual(second, { applied: [], version: first.version })
})

test('the database is data/genjin.db in the current folder unless GENJIN_DATABASE or --database names another', async () => {
  await using folder = await emptyDatabase()
  const cwd = folder.path
  const exists = (name: string) => existsSync(join(cwd, name))

  // Without GENJIN_KEY, which the tests give where there is no file beside the database.
  const own = { GENJIN_KEY: '' }
  await genjinDone(['migrate'], { cwd, env: own })
  assert.ok(exists('data/genjin.db'))
  assert.equal(statSync(join(cwd, 'data')).mode & 0o777, 0o700)

  await genjinDone(['migrate'], { cwd, env: { ...own, GENJIN_DATABASE: 'sqlite:env/env.db' } })
  assert.ok(exists('env/env.db'))

  const env = { ...own, GENJIN_DATABASE: 'sqlite:env/unused.db' }
  await genjinDone(['migrate', '--database', 'sqlite:flag.db'], { cwd, env })
  assert.ok(exists('flag.db'))
  assert.ok(!exists('env/unused.db'))
  assert.deepEqual(readdirSync(cwd).sort(), ['data', 'env', 'flag.db', 'flag.db.key'])
})

test('a database address that cannot be used, or a file that is not a database, is refused with a message', async () => {
  await using folder = await emptyDatabase()
  const cwd = folder.path
  const migrate = (database: string) => ['migrate', '--database', database]
  const addresses = ['genjin.db', 'mysql://x', 'sqlite:', 'sqlite::memory:']
  const message = /数据库地址 --database 不可用：须写作 sqlite:文件路径.*或 postgres:/
  await assertFails(
    addresses.map((address) => [migrate(address), 1, message]),
    { cwd },
  )
  writeFileSync(join(cwd, 'notes.txt'), 'dear diary '.repeat(1000))
  await assertFails([[migrate('sqlite:notes.txt'), 1, /这个文件不是 SQLite 数据库.*not a database/]], { cwd })
  assert.deepEqual(readdirSync(cwd), ['notes.txt'])
  assert.equal(readFileSync(join(cwd, 'notes.txt'), 'utf8'), 'dear diary '.repeat(1000))
})

test('-h, --help and help answer for the general help, one command, or the commands of one word', async () => {
  const out = async (args: readonly string[], code = 0) => {
    const end = await genjin(args)
    assert.deepEqual([end.code, end.stderr], [code, ''], args.join(' '))
    return end.stdout
  }
  const general = await out(['--help'])
  for (const args of [['help'], ['-h'], ['--help', '--json']]) assert.equal(await out(args), general)
  const serve = await out(['serve', '--help'])
  assert.match(serve, /^genjin serve/)
  for (const args of [
    ['serve', '-h'],
    ['help', 'serve'],
  ])
    assert.equal(await out(args), serve)
  assert.match(await out(['help', 'corp', 'add']), /^genjin corp add ID/)
  // Without its arguments too.
  assert.match(await out(['corp', 'add', '--help']), /^genjin corp add ID/)
  const app = await out(['app', '--help'])
  const listed = [...app.matchAll(/^ {2}genjin ([a-z]+ [a-z]+)/gm)].map((match) => match[1])
  assert.deepEqual(
    listed,
    Object.keys(COMMANDS).filter((name) => name.startsWith('app ')),
  )
  for (const args of [
    ['help', 'app'],
    ['app', 'help'],
  ])
    assert.equal(await out(args), app)
  // Alone it is half a command: wrong usage.
  assert.equal(await out(['app'], 2), app)
})

test('--version, -v and -V print the version, with --json as JSON', async () => {
  for (const word of ['--version', '-v', '-V']) {
    const { code, stdout } = await genjin([word])
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
    const json = await genjin([word, '--json'])
    assert.deepEqual(JSON.parse(json.stdout), { version: stdout.trim() })
    assert.deepEqual([code, json.code], [0, 0])
  }
})

test('an empty value is refused, for every option of every command', async () => {
  const given = Object.entries(COMMANDS).flatMap(([name, options]) =>
    [...options, ...GLOBAL].flatMap((usage) => {
      const [option = '', value] = usage.split(' ')
      return value === undefined ? [] : [[...name.split(' '), option]]
    }),
  )
  assert.ok(given.length > 60, `${given.length}`)
  for (const [args, option] of given.map((words) => [words, words.at(-1)] as const)) {
    const message = new RegExp(
      `选项 ${option} 的值为空.* / ${option} is empty: give a value, or leave the option out`,
    )
    await assertFails([
      [[...args, ''], 2, message],
      [[...args, '  '], 2, message],
      [[...args.slice(0, -1), `${option}=`], 2, message],
    ])
  }
})

test('an empty environment variable counts as not set', async () => {
  await using folder = await emptyDatabase()
  const env = {
    GENJIN_DATABASE: '',
    GENJIN_KEY: '',
    GENJIN_LOG: '',
    GENJIN_CONNECTIONS: '',
    GENJIN_SYNC_TO: '',
  }
  await genjinDone(['migrate'], { cwd: folder.path, env })
  assert.ok(existsSync(join(folder.path, 'data/genjin.db')))
  await assertFails(
    [
      [['sync', '--corp', 'demo'], 2, /missing option --to/],
      [['pull', '--from', 'http://localhost', '--appid', 'a', '--out', 'x'], 2, /GENJIN_APP_SECRET/],
    ],
    { cwd: folder.path, env: { ...env, GENJIN_APP_SECRET: '' } },
  )
})
