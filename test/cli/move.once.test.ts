import assert from 'node:assert/strict'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sumOfLines } from '../oracle/corp.ts'
import { EDGES, exactLine } from '../support/bundle-edges.ts'
import {
  type CliProcess,
  exportText,
  genjin,
  genjinDone,
  importLines,
  startGenjin,
  startServe,
  watched,
} from '../support/cli.ts'
import { assertRefused } from '../support/client.ts'
import { emptyDatabase, type TempDatabase, tempDatabase } from '../support/database.ts'
import { assertFails, type Failure } from '../support/failures.ts'
import { cookieOf, PASSWORD, PersonClient, postAsPage, signIn } from '../support/people.ts'
import { noteSecret } from '../support/recording.ts'
import { follow } from '../support/server.ts'

/** One key for all: a PostgreSQL database has no folder for a key file. */
const KEY = Buffer.alloc(32, 'genjin move').toString('base64')
const env = { GENJIN_KEY: KEY }

/** What a move may take, however large the company is. */
const PEAK_MB = 250

const [sqlite, postgres, back] = [
  await emptyDatabase('sqlite'),
  await emptyDatabase('postgres'),
  await emptyDatabase('sqlite'),
]

before(async () => {
  await using server = await startServe(['--demo', '--database', sqlite.database], { env })
  assert.equal((await server.stop()).code, 0)
})

after(async () => {
  for (const temp of [sqlite, postgres, back]) await temp[Symbol.asyncDispose]()
})

interface Side {
  readonly counts: Record<string, number>
  readonly checksum: string
}

/** What `--json` says. */
interface Moved {
  readonly from: Side
  readonly to: Side
  readonly equal: boolean
  readonly written: number
  readonly unchanged: number
  readonly differing?: string[]
  readonly error?: string
}

function moveArgs(from: TempDatabase, to: TempDatabase, corp: string, ...options: string[]): string[] {
  return ['move', '--from', from.database, '--to', to.database, '--corp', corp, ...options]
}

/** Moves a company, which must end with both sides equal. */
async function moved(from: TempDatabase, to: TempDatabase, corp: string): Promise<Moved> {
  const { stdout, stderr } = await genjinDone(moveArgs(from, to, corp, '--json'), { env })
  assert.equal(stderr, '')
  const report = JSON.parse(stdout) as Moved
  assert.equal(report.equal, true)
  assert.deepEqual(report.to, report.from)
  return report
}

async function addCompany(temp: TempDatabase, id: string, ...options: string[]): Promise<void> {
  await genjinDone(['corp', 'add', id, ...options, '--database', temp.database], { env })
}

async function load(temp: TempDatabase, id: string, lines: readonly object[]): Promise<void> {
  await importLines(temp.database, id, lines.map(exactLine), KEY)
}

function exported(temp: TempDatabase, id: string): Promise<string> {
  return exportText(temp.database, id, KEY)
}

function total({ counts }: Side): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** Lines at the edges of what is allowed. */
const LINES: readonly object[] = [
  ...EDGES,
  { kind: 'staff', user_id: '\u{1f600}', name: '\u0001\u007f\ufeff' },
  { kind: 'staff', user_id: '\uffee', name: 'before the one above in UTF-16, behind it in UTF-8' },
  { kind: 'follow_type', id: 900_001, name: '一个内置方式，改了名' },
]

test('a company goes from SQLite to PostgreSQL and into another SQLite, byte for byte, and says so', async () => {
  await load(sqlite, 'demo', LINES)
  const bundle = await exported(sqlite, 'demo')
  const checksum = sumOfLines(bundle.split('\n').slice(0, -1))
  const counts = {
    ...{ department: 16, staff: 44, person: 3, follow_type: 15, custom_field: 14, target: 802, follow: 5503 },
  }

  const { stdout, stderr } = await genjinDone(moveArgs(sqlite, postgres, 'demo'), { env })
  assert.equal(stderr, '', 'nothing but the summary in a pipe')
  const { host, pathname, password } = new URL(postgres.database)
  const summary = `部门 16，员工 44，人员 3，跟进方式 15，自定义字段 14，客户等对象 802，跟进 5503；校验和 ${checksum}`
  assert.equal(
    stdout,
    `来源 ${sqlite.database.replace(':', ' ')}：${summary}
目标 postgres ${host}${pathname}：${summary}
写入 6397 行，原已相同 0 行
两边一致
`,
  )
  assert.ok(password.length > 0 && !stdout.includes(password))
  assert.equal(await exported(postgres, 'demo'), bundle)

  const side = { counts, checksum }
  const report = await moved(postgres, back, 'demo')
  assert.deepEqual(report, { from: side, to: side, equal: true, written: 6397, unchanged: 0 })
  assert.equal(await exported(back, 'demo'), bundle)
})

test('people go without what is secret, and come in by an invitation', async () => {
  await using one = await tempDatabase('sqlite')
  await using two = await tempDatabase('postgres')
  await addCompany(one, 'people')
  await load(one, 'people', [
    { kind: 'department', id: 1, name: '公司' },
    { kind: 'staff', user_id: 'amy', name: '艾米', department_ids: [1] },
  ])
  const user = async (temp: TempDatabase, ...words: string[]) => {
    const of = ['--corp', 'people', '--database', temp.database, '--json']
    return JSON.parse((await genjinDone(['user', ...words, ...of], { env })).stdout)
  }
  const invited = async (temp: TempDatabase, ...words: string[]) => {
    const invitation = (await user(temp, 'invite', 'amy', ...words)).link.split('#')[1]
    noteSecret(invitation)
    return { invitation, password: PASSWORD }
  }
  const people = async (temp: TempDatabase) => (await user(temp, 'list')).people[0]
  {
    await using server = await startServe(['--database', one.database], { env })
    const body = await invited(one, '--role', 'manager', '--departments', '1')
    assert.notEqual(cookieOf(await postAsPage(server.url, '/invitation/password', body)), undefined)
    const { has_password, sessions } = await people(one)
    assert.deepEqual([has_password, sessions], [true, 1])
    await server.stop()
  }
  const open = await invited(one)
  assert.equal((await moved(one, two, 'people')).written, 3)
  const { seen_at, ...there } = await people(two)
  assert.deepEqual(
    [there, seen_at],
    [
      {
        ...{ user_id: 'amy', name: '艾米', role: 'manager', department_ids: ['1'], state: 'active' },
        ...{ invited_until: null, has_password: false, passkeys: 0, sessions: 0 },
      },
      null,
    ],
  )
  await using server = await startServe(['--database', two.database], { env })
  assertRefused(await signIn(server.url, 'people', 'amy'), 40120)
  assertRefused(await postAsPage(server.url, '/invitation/password', open), 40120)
  const answer = await postAsPage(server.url, '/invitation/password', await invited(two))
  const amy = new PersonClient(server.url, cookieOf(answer) as string)
  assert.equal((await amy.done('me')).person.role, 'manager')
  // Moved again, what amy has by now stays.
  assert.deepEqual(await moved(one, two, 'people').then(({ written }) => written), 0)
  assert.equal((await amy.done('me')).person.has_password, true)
})

test('a move that is repeated writes nothing, on either engine', async () => {
  const versions = "SELECT md5(string_agg(xmin::TEXT, ',' ORDER BY id)) AS versions FROM follow"
  const [kept] = await postgres.query(versions)
  const again = await moved(sqlite, postgres, 'demo')
  assert.deepEqual([again.written, again.unchanged], [0, 6397])
  assert.deepEqual(await postgres.query(versions), [kept])
  const third = await moved(postgres, back, 'demo')
  assert.deepEqual([third.written, third.unchanged], [0, 6397])
})

test("the environment's read replica belongs to another database and is not used", async () => {
  const replica = { ...env, GENJIN_READ_DATABASE: 'postgres://nobody@127.0.0.1:1/nowhere' }
  const { stdout } = await genjinDone(moveArgs(sqlite, postgres, 'demo'), { env: replica })
  assert.match(stdout, /\n两边一致\n$/)
})

test('whatever was altered in the target is put right, and nothing else is written', async () => {
  const bundle = await exported(sqlite, 'demo')
  const [first] = JSON.parse(`[${bundle.split('\n').find((line) => line.includes('"kind":"follow",'))}]`)
  await load(postgres, 'demo', [
    { ...first, content: '改过的内容' },
    { kind: 'staff', user_id: '', name: '改了名' },
    { kind: 'department', id: '@9223372036854775807', name: '' },
    { kind: 'custom_field', key: 'k', name: 'k', type: 'single', options: [] },
  ])
  await postgres.query("DELETE FROM target WHERE type = 1 AND id = 'Z'")
  // Not part of the bundle: derived when the record was written.
  await postgres.query("UPDATE follow SET business_id = 'other' WHERE id = 1")
  const report = await moved(sqlite, postgres, 'demo')
  assert.equal(report.written, 6)
  assert.equal(await exported(postgres, 'demo'), bundle)
  const [record] = await postgres.query('SELECT business_id FROM follow WHERE id = 1')
  assert.deepEqual(record, { business_id: 'c1' })
  assert.equal((await moved(sqlite, postgres, 'demo')).written, 0)
})

test('a target that holds more is reported with what differs, exit code 1, and keeps what it holds', async () => {
  const extra = [
    { kind: 'target', type: 1, id: 'extra', name: '多出来的客户' },
    follow({ id: 77_777, content: '多出来的跟进' }),
  ]
  await load(back, 'demo', extra)
  const plain = await genjin(moveArgs(postgres, back, 'demo'), { env })
  assert.equal(plain.code, 1)
  const sides = /^来源 postgres .*跟进 5503；校验和 \w{32}\n目标 sqlite .*跟进 5504；校验和 \w{32}\n/
  assert.match(plain.stdout, sides)
  assert.doesNotMatch(plain.stdout, /一致/)
  const differ = /^genjin: 两边不一致（客户等对象、跟进）：.* \/ the two sides differ \(target, follow\): /
  assert.match(plain.stderr, differ)
  const advice = /移动从不删除.*a move never deletes: move into a database without this company\n$/
  assert.match(plain.stderr, advice)

  const json = await genjin(moveArgs(postgres, back, 'demo', '--json'), { env })
  assert.equal(json.code, 1)
  assert.equal(json.stderr, '')
  const report = JSON.parse(json.stdout) as Moved
  assert.deepEqual([report.equal, report.differing], [false, ['target', 'follow']])
  assert.match(report.error as string, /two sides differ/)
  assert.equal(report.to.counts.follow, 5504)
  assert.notEqual(report.to.checksum, report.from.checksum)
  assert.ok((await exported(back, 'demo')).includes('多出来的跟进'))
})

test('a target whose own departments would form a cycle with those of the source is reported', async () => {
  await using one = await tempDatabase('sqlite')
  await using two = await tempDatabase('postgres')
  await addCompany(one, 'circle')
  await addCompany(two, 'circle')
  await load(one, 'circle', [{ kind: 'department', id: 1, name: '甲', parent_id: 2 }])
  await load(two, 'circle', [{ kind: 'department', id: 2, name: '乙', parent_id: 1 }])
  const message = /相冲突.*部门 1 的上级关系.*a move never deletes/
  await assertFails([[moveArgs(one, two, 'circle'), 1, message]], { env })
})

test('the company is made with its name and time zone; an existing one keeps its own, and that is reported', async () => {
  await using one = await tempDatabase('sqlite')
  await using two = await tempDatabase('postgres')
  await addCompany(one, 'acme', '--name', '示例', '--time-zone', 'Europe/Berlin')
  const empty = await moved(one, two, 'acme')
  assert.deepEqual([empty.from.checksum, total(empty.from)], ['0'.repeat(32), 0])
  const corps = 'SELECT id, name, time_zone FROM corp'
  assert.deepEqual(await two.query(corps), [{ id: 'acme', name: '示例', time_zone: 'Europe/Berlin' }])

  await using three = await tempDatabase('sqlite')
  await addCompany(three, 'acme')
  const { code, stderr } = await genjin(moveArgs(two, three, 'acme'), { env })
  assert.equal(code, 0)
  assert.match(stderr, /保持不变（acme，Asia\/Shanghai；来源 示例，Europe\/Berlin）\/ .*stay\n$/)
})

test('built-in follow types are counted only when they were used or touched, whatever the target has', async () => {
  await using one = await tempDatabase('sqlite')
  await using two = await tempDatabase('postgres')
  await addCompany(one, 'acme')
  await addCompany(two, 'acme')
  // In the source touched and not used, in the target used and not touched.
  await load(one, 'acme', [{ kind: 'follow_type', id: 900_001, name: '拜访' }, follow({ id: 1 })])
  const [{ name } = {}] = await two.query('SELECT name FROM follow_type WHERE id = 900001')
  await load(two, 'acme', [follow({ id: 1, follow_type: 900_001, follow_type_desc: name })])
  const report = await moved(one, two, 'acme')
  assert.deepEqual([report.to.counts.follow_type, report.written], [2, 3])
})

/** Many follow-ups, as text, in the order of their ids. */
function manyFollows(count: number, from = 1): object[] {
  return Array.from({ length: count }, (_, index) =>
    follow({ id: from + index, business_id: `c${index % 500}`, target: { contact_id: `k${index % 700}` } }),
  )
}

/** Waits until the target holds this many follow-ups; false when the process has ended before. */
async function reached(process: CliProcess, target: TempDatabase, count: number): Promise<boolean> {
  let ended = false
  void process.ended.finally(() => {
    ended = true
  })
  for (let look = 0; look < 3000 && !ended; look++) {
    if ((await follows(target)) >= count) return true
    await sleep(5)
  }
  return false
}

async function follows(temp: TempDatabase): Promise<number> {
  // Before the tables are created there are none.
  const [row] = await temp.query('SELECT count(*) AS count FROM follow').catch(() => [])
  return Number(row?.count ?? 0)
}

/** Asserts that no record is half written: each of `manyFollows` is about two ids. */
async function assertWhole(temp: TempDatabase): Promise<void> {
  const [row] = await temp.query('SELECT count(*) AS count FROM follow_target')
  assert.equal(Number(row?.count), 2 * (await follows(temp)))
}

const MANY = 10_000
const KILLS = 5

/** Kills a move again and again, then lets it finish. Returns its peak memory in MB. */
async function killedMove(from: TempDatabase, to: TempDatabase): Promise<number | undefined> {
  for (let kill = 0; kill < KILLS; kill++) {
    await using process = startGenjin(moveArgs(from, to, 'many'), { env })
    assert.ok(await reached(process, to, 1 + kill * (MANY / KILLS) + kill * 37), 'it was on its way')
    process.kill('SIGKILL')
    assert.equal((await process.ended).signal, 'SIGKILL')
  }
  await assertWhole(to)
  const kept = await follows(to)
  assert.ok(kept > 0 && kept < MANY, `${kept} before the last run`)
  await using process = startGenjin(moveArgs(from, to, 'many', '--json'), { env })
  const [end, peakMb] = await watched(process)
  assert.equal(end.code, 0, end.stderr)
  const report = JSON.parse(end.stdout) as Moved
  assert.ok(report.equal)
  assert.ok(report.unchanged >= kept, 'what was there was not written again')
  assert.equal(report.written + report.unchanged, total(report.from))
  await assertWhole(to)
  return peakMb
}

test('a move that is killed again and again ends equal, either way, in memory that is bounded', async (context) => {
  await using one = await tempDatabase('sqlite')
  await using two = await tempDatabase('postgres')
  await addCompany(one, 'many')
  await using three = await tempDatabase('sqlite')
  await load(one, 'many', manyFollows(MANY))
  const bundle = await exported(one, 'many')
  const peaks = [await killedMove(one, two)]
  assert.ok((await exported(two, 'many')) === bundle)
  peaks.push(await killedMove(two, three))
  assert.ok((await exported(three, 'many')) === bundle)
  context.diagnostic(`peaks: ${peaks.join(' MB, ')} MB`)
  // Where the system tells: Linux.
  for (const peakMb of peaks) assert.ok((peakMb ?? 0) < PEAK_MB, `${peakMb} MB`)
})

test('Ctrl-C ends a move between two transactions, and running it again finishes it', async () => {
  await using one = await tempDatabase('sqlite')
  await using two = await tempDatabase('postgres')
  await addCompany(one, 'many')
  await load(one, 'many', manyFollows(10_000))
  await using process = startGenjin(moveArgs(one, two, 'many'), { env })
  assert.ok(await reached(process, two, 500))
  process.kill('SIGINT')
  const end = await process.ended
  assert.deepEqual([end.code, end.stdout], [130, ''])
  assert.match(
    end.stderr,
    /^genjin: 已中断：已复制的部分保留在目标中；再运行一次即可补完 \/ interrupted: [^\n]*\n$/,
  )
  const kept = await follows(two)
  assert.ok(kept >= 500 && kept < 10_000, `${kept} kept`)
  await assertWhole(two)
  const report = await moved(one, two, 'many')
  assert.ok(report.unchanged >= kept)
  assert.equal(await exported(two, 'many'), await exported(one, 'many'))
})

test('a source that is written to meanwhile is moved as it was at the start', async () => {
  for (const [from, to] of [
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
  ] as const) {
    await using one = await tempDatabase(from)
    await using two = await tempDatabase(to)
    await addCompany(one, 'many')
    await load(one, 'many', manyFollows(5_000))
    await assertMovesOneInstant(one, two)
  }
})

async function assertMovesOneInstant(one: TempDatabase, two: TempDatabase): Promise<void> {
  await using process = startGenjin(moveArgs(one, two, 'many', '--json'), { env })
  assert.ok(await reached(process, two, 100))
  // On a busy machine it would be done before the writing is.
  process.kill('SIGSTOP')
  await load(one, 'many', [
    ...manyFollows(500, 4_900),
    { kind: 'follow_type', id: 1, name: '改了名的方式' },
    { kind: 'staff', user_id: 'late', name: '后来的' },
  ])
  assert.ok((await follows(two)) < 5_000, 'the source was written while it was being moved')
  process.kill('SIGCONT')
  const end = await process.ended
  assert.equal(end.code, 0, end.stderr)
  const report = JSON.parse(end.stdout) as Moved
  assert.deepEqual(report.to, report.from)
  assert.deepEqual([report.from.counts.follow, report.from.counts.staff], [5_000, 0])
  assert.equal((await exported(two, 'many')).includes('改了名的方式'), false)

  const after = await moved(one, two, 'many')
  assert.deepEqual([after.from.counts.follow, after.from.counts.staff], [5_399, 1])
  assert.equal(await exported(two, 'many'), await exported(one, 'many'))
}

test('records of about 1 MiB are moved in bounded memory', async () => {
  await using one = await tempDatabase('sqlite')
  await using two = await tempDatabase('postgres')
  await addCompany(one, 'acme')
  await using three = await tempDatabase('sqlite')
  const text = '字'.repeat(99_000)
  const lines = Array.from({ length: 60 }, (_, index) =>
    follow({ id: index + 1, content: text, field_map: { a: text, b: text } }),
  )
  await load(one, 'acme', lines)
  for (const [from, to] of [
    [one, two],
    [two, three],
  ] as const) {
    await using process = startGenjin(moveArgs(from, to, 'acme'), { env })
    const [end, peakMb] = await watched(process)
    assert.equal(end.code, 0, end.stderr)
    assert.ok((peakMb ?? 0) < PEAK_MB, `${peakMb} MB`)
  }
})

test('what cannot be moved is refused with a message, and nothing is created', async () => {
  const { path, database } = sqlite
  const to = join(path, 'new.db')
  const link = join(path, 'link.db')
  symlinkSync(database.slice('sqlite:'.length), link)
  const other = new URL(postgres.database)
  other.searchParams.set('application_name', 'other')
  const corp = ['--corp', 'demo']
  const from = ['--from', database]
  const toNew = ['--to', `sqlite:${to}`]
  const cases: readonly Failure[] = [
    [[...toNew, ...corp], 2, /missing option --from/],
    [[...from, ...corp], 2, /missing option --to/],
    [[...from, ...toNew], 2, /missing option --corp/],
    [[...from, ...toNew, ...corp, '--database', database], 2, /not --database/],
    [[...from, ...toNew, ...corp, 'more'], 2, /usage: genjin move/],
    [['--from', 'demo.db', ...toNew, ...corp], 1, /数据库地址 --from 不可用/],
    [[...from, '--to', 'mysql://x', ...corp], 1, /数据库地址 --to 不可用/],
    [
      ['--from', `sqlite:${path}/none.db`, ...toNew, ...corp],
      1,
      /none.db 没有 genjin 的数据库：请核对 --from；.* check --from;/,
    ],
    [[...from, ...toNew, '--corp', 'nobody'], 1, /没有企业 nobody.*no company nobody/],
    [[...from, '--to', database, ...corp], 1, /同一个数据库.*the same database/],
    [[...from, '--to', `sqlite:${link}`, ...corp], 1, /the same database/],
    [['--from', postgres.database, '--to', other.href, ...corp], 1, /the same database/],
  ]
  await assertFails(
    cases.map(([args, ...expected]) => [['move', ...args], ...expected]),
    { env },
  )
  for (const file of [to, join(path, 'none.db')]) assert.ok(!existsSync(file), file)
})
