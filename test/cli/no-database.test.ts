import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { COMMANDS } from '../../packages/cli/src/commands.ts'
import { addCompany, type Ended, genjin, genjinDone, startServe } from '../support/cli.ts'
import { ENGINE, emptyDatabase, KEY, type TempDatabase, tempDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { follow, startTestServer } from '../support/server.ts'
import { credentialsFile } from '../support/serving.ts'

const SQLITE = ENGINE === 'sqlite'

/**
 * What each command does where there is no database: `creates` it, with its key file; `refuses` (the words that let it open the
 * database of --database, or of the option that is named); or opens `none`.
 */
const DECISIONS: Readonly<
  Record<string, 'creates' | 'none' | readonly [option: string, ...words: string[]]>
> = {
  serve: 'creates',
  'corp add': 'creates',
  'app list': ['--database', '--corp', 'acme'],
  'app add': ['--database', '--corp', 'acme'],
  'app create': ['--database', '--corp', 'acme'],
  'app rename': ['--database', 'gj000001000000000000', '报表'],
  'app rotate': ['--database', 'gj000001000000000000'],
  'app revoke': ['--database', 'gj000001000000000000'],
  'token revoke': ['--database', 'gj000001000000000000'],
  'user list': ['--database', '--corp', 'acme'],
  'user invite': ['--database', 'zhang', '--corp', 'acme'],
  'user role': ['--database', 'zhang', 'admin', '--corp', 'acme'],
  'user disable': ['--database', 'zhang', '--corp', 'acme'],
  'user sessions': ['--database', 'zhang', '--corp', 'acme'],
  import: ['--database', '-', '--corp', 'acme'],
  export: ['--database', '--corp', 'acme'],
  // Its target; see the tests below.
  pull: 'creates',
  sync: ['--database', '--corp', 'acme', '--to', 'copy'],
  // Its source; it creates the target.
  move: ['--from', '--corp', 'acme', '--to', 'sqlite:target.db'],
  'feed reset': ['--database'],
  verify: ['--database'],
  reindex: ['--database'],
  migrate: 'creates',
  diff: 'none',
}

/** The command lines that must refuse, each with the option that names the database. */
const REFUSING = Object.entries(DECISIONS).flatMap(([name, decision]) =>
  Array.isArray(decision) ? [[decision[0], [...name.split(' '), ...decision.slice(1)]] as const] : [],
)

test('every command has decided what it does without a database', () => {
  assert.deepEqual(Object.keys(DECISIONS), Object.keys(COMMANDS))
})

async function tables(temp: TempDatabase): Promise<number> {
  const text = SQLITE
    ? 'SELECT count(*) AS n FROM sqlite_schema'
    : "SELECT count(*) AS n FROM pg_tables WHERE schemaname = 'public'"
  return Number((await temp.query(text))[0]?.n)
}

/** Asserts that a command says that there is no database, where it looked, and the way out. */
function assertRefused({ code, stdout, stderr }: Ended, place: string, option: string): void {
  assert.deepEqual([code, stdout], [1, ''], stderr)
  assert.ok(stderr.includes(place), `${stderr} does not name ${place}`)
  assert.match(
    stderr,
    new RegExp(
      `^genjin: .*：请核对 ${option}.*；新建请运行 genjin migrate / .*genjin migrate creates a new one\\n$`,
    ),
  )
}

test('where there is no database a command says so, with the full path, and creates nothing', async () => {
  await using temp = await emptyDatabase()
  const url = SQLITE ? undefined : new URL(temp.database)
  const place = url ? `${url.host}${url.pathname}` : join(temp.path, 'data/genjin.db')
  const address = url?.href ?? 'sqlite:data/genjin.db'
  for (const [option, words] of REFUSING) {
    const end = await genjin([...words, option, address], { cwd: temp.path, env: { GENJIN_KEY: '' } })
    assertRefused(end, place, option)
    if (url) assert.ok(!end.stderr.includes(url.password), end.stderr)
  }
  assert.deepEqual(readdirSync(temp.path), [])
  if (url) assert.equal(await tables(temp), 0)
})

test('without any option it is data/genjin.db in the current folder, or GENJIN_DATABASE', {
  skip: !SQLITE,
}, async () => {
  await using temp = await emptyDatabase()
  const run = (env: NodeJS.ProcessEnv) => genjin(['verify'], { cwd: temp.path, env })
  assertRefused(await run({}), join(temp.path, 'data/genjin.db'), '--database（或环境变量 GENJIN_DATABASE）')
  const other = await run({ GENJIN_DATABASE: 'sqlite:elsewhere/x.db' })
  assertRefused(other, join(temp.path, 'elsewhere/x.db'), '--database')
  assert.deepEqual(readdirSync(temp.path), [])
})

test('a SQLite file of another program, or an empty one, is refused and stays as it is', {
  skip: !SQLITE,
}, async () => {
  await using temp = await emptyDatabase()
  const [empty, other] = [join(temp.path, 'empty.db'), join(temp.path, 'other.db')]
  writeFileSync(empty, '')
  {
    using database = new DatabaseSync(other) as DatabaseSync & Disposable
    database.exec('CREATE TABLE contact (name TEXT)')
  }
  const before = [empty, other].map((file) => readFileSync(file))
  for (const file of [empty, other]) {
    for (const [option, words] of REFUSING) {
      const end = await genjin([...words, option, `sqlite:${file}`], { cwd: temp.path })
      assertRefused(end, file, option)
    }
  }
  assert.deepEqual(
    [empty, other].map((file) => readFileSync(file)),
    before,
  )
  assert.deepEqual(readdirSync(temp.path).sort(), ['empty.db', 'other.db'])
  mkdirSync(join(temp.path, 'folder.db'))
  await assertFails([
    [['verify', '--database', `sqlite:${temp.path}/folder.db`], 1, /无法打开数据库文件，请核对路径与权限/],
  ])
})

test('a key file is created with the database, and by no other command', async () => {
  await using temp = await tempDatabase()
  const options = { cwd: temp.path, env: { GENJIN_KEY: '' } }
  const before = readdirSync(temp.path)
  for (const [option, words] of REFUSING) {
    const { code, stderr } = await genjin([...words, option, temp.database], options)
    assert.equal(code, 1)
    assert.match(stderr, /密钥文件 \/.*\.key 不存在，数据库也还没有密钥：请运行 genjin migrate 生成/)
  }
  assert.deepEqual(readdirSync(temp.path), before)
  await genjinDone(['migrate', '--database', temp.database], options)
  assert.ok(existsSync(join(temp.path, SQLITE ? 'genjin.db.key' : 'data')))
  assert.equal((await genjin(['verify', '--database', temp.database], options)).code, 0)
})

test('corp add, migrate and serve create the database', async () => {
  for (const words of [['corp', 'add', 'acme'], ['migrate']]) {
    await using temp = await emptyDatabase()
    await genjinDone([...words, '--database', temp.database])
    await genjinDone(['verify', '--database', temp.database])
  }
  await using temp = await emptyDatabase()
  await using server = await startServe(['--database', temp.database])
  assert.ok(server.url)
  await genjinDone(['verify', '--database', temp.database])
})

test('move creates its target, and pull --corp creates its target', async () => {
  await using server = await startTestServer()
  const client = await server.company('acme', [follow({ id: 1 })])
  await using moved = await emptyDatabase()
  await genjinDone(['move', '--corp', 'acme', '--from', server.temp.database, '--to', moved.database])
  await genjinDone(['verify', '--database', moved.database])
  await using pulled = await emptyDatabase()
  const app = credentialsFile(pulled.path, client.credentials)
  const from = ['pull', '--from', server.url, '--app', app, '--corp', 'acme']
  await genjinDone([...from, '--database', pulled.database])
  await genjinDone(['verify', '--database', pulled.database])
  assert.equal(KEY === undefined, SQLITE)
  await addCompany(pulled.database, 'other')
})
