import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Checksum, DEMO_SHAPE, demoLines } from 'genjin-server'
import {
  addCompany,
  type Ended,
  exportText,
  genjin,
  genjinDone,
  importLines,
  startGenjin,
  watched,
} from '../support/cli.ts'
import { type TempDatabase, tempDatabase } from '../support/database.ts'
import { follow } from '../support/server.ts'

/** One key for all databases of this file, wherever they are. */
const KEY = randomBytes(32).toString('base64')
const ENV = { GENJIN_KEY: KEY }
const SHAPE = { ...DEMO_SHAPE, follows: 8_000, targets: 400 }
const PEAK_MB = 250

/** Lines at the edges of what is allowed; `"@…"` stands for a bare number. */
const EDGES = [
  { kind: 'department', id: '@9223372036854775807', name: '', parent_id: null, order: 0 },
  {
    kind: 'staff',
    user_id: 'ＺＨＡＮＧ',
    name: '👩‍👩‍👧 "\\/',
    alias: '',
    department_ids: ['@9223372036854775807', 2],
  },
  { kind: 'follow_type', id: '@-5', name: "it's; DROP TABLE follow --", builtin: true, enabled: false },
  { kind: 'custom_field', key: '__proto__', name: 'constructor', type: 'multi', options: [] },
  { kind: 'target', type: 12, id: '', name: '' },
  follow({
    id: 0,
    content: '',
    follow_type: null,
    field_map: { a: '@1.0', b: '@1e400', c: '@-0.10', d: null },
  }),
  follow({
    id: '@9223372036854775807',
    business_id: '',
    follow_type: '@-5',
    title: '',
    stage_id: '',
    create_time: 0,
  }),
].map((line) => JSON.stringify(line).replace(/"@([^"]*)"/g, '$1'))

let source: TempDatabase
let bundle: string

before(async () => {
  source = await tempDatabase('sqlite')
  await addCompany(source.database, 'acme', KEY)
  await importLines(source.database, 'acme', [...demoLines(SHAPE), ...EDGES], KEY)
  bundle = await exportText(source.database, 'acme', KEY)
})

after(() => source[Symbol.asyncDispose]())

interface Report {
  readonly from: { readonly counts: Record<string, number>; readonly checksum: string }
  readonly to: Report['from']
  readonly equal: boolean
  readonly written: number
  readonly unchanged: number
}

function moveArgs(from: TempDatabase, to: TempDatabase): string[] {
  return ['move', '--from', from.database, '--to', to.database, '--corp', 'acme']
}

async function move(from: TempDatabase, to: TempDatabase): Promise<Report> {
  const { stdout } = await genjinDone([...moveArgs(from, to), '--json'], { env: ENV })
  return JSON.parse(stdout)
}

/** The checksum of a bundle's text, by its definition. */
function checksumOf(text: string): string {
  const checksum = new Checksum()
  for (const line of text.split('\n').slice(0, -1)) checksum.add(line)
  return checksum.hex
}

test('the checksum is the sum of the first 16 bytes of SHA-256, whatever the order', () => {
  const checksum = new Checksum()
  assert.equal(checksum.hex, '0'.repeat(32))
  // SHA-256 of "abc" begins with ba7816bf 8f01cfea 414140de 5dae2223.
  checksum.add('abc')
  assert.equal(checksum.hex, 'ba7816bf8f01cfea414140de5dae2223')
  checksum.add('跟进')
  checksum.add('')
  const other = new Checksum()
  for (const line of ['', '跟进', 'abc']) other.add(line)
  assert.equal(other.hex, checksum.hex)
  other.add('x')
  assert.notEqual(other.hex, checksum.hex)
  other.subtract('x')
  assert.equal(other.hex, checksum.hex)
})

test('a company moves to PostgreSQL and back: the same bytes, the checksums of both sides printed and equal', async () => {
  await using postgres = await tempDatabase('postgres')
  await using last = await tempDatabase('sqlite')
  const lines = bundle.split('\n').length - 1
  const there = await move(source, postgres)
  const back = await move(postgres, last)
  for (const { from, to, equal, written, unchanged } of [there, back]) {
    assert.deepEqual([equal, written, unchanged], [true, lines, 0])
    assert.deepEqual(to, from)
    assert.equal(from.checksum, checksumOf(bundle))
    assert.equal(from.counts.follow, SHAPE.follows * 1.1 + 2)
  }
  for (const { database } of [postgres, last]) {
    assert.ok((await exportText(database, 'acme', KEY)) === bundle, 'the same bytes')
  }
  // Once more, for people: nothing is written, and no password is printed.
  const again = await genjinDone(moveArgs(source, postgres), { env: ENV })
  const sum = checksumOf(bundle)
  const [from = '', to = '', written, verdict] = again.stdout.split('\n')
  assert.match(from, new RegExp(`^来源 sqlite .*:department .*,follow \\d+;校验和 ${sum}$`))
  assert.match(to, new RegExp(`^目标 postgres .*:department .*,follow \\d+;校验和 ${sum}$`))
  assert.equal(written, `写入 0 行,原已相同 ${lines} 行`)
  assert.equal(verdict, '两边一致')
  assert.ok(!again.stdout.includes(new URL(postgres.database).password))
  assert.equal(again.stderr, '', 'no progress in a pipe')
})

test('a move that is killed again and again is finished by moving again, in memory that is bounded', async () => {
  await using target = await tempDatabase('postgres')
  const peaks: number[] = []
  let cut = 0
  for (const waitMs of [900, 1_200, 1_500, 1_800]) {
    await using moving = startGenjin(moveArgs(source, target), { env: ENV })
    const timer = setTimeout(() => moving.kill('SIGKILL'), waitMs)
    const [end, peakMb = 0] = await watched(moving)
    clearTimeout(timer)
    peaks.push(peakMb)
    if (end.signal !== null) cut++
  }
  assert.ok(cut >= 2, `only ${cut} moves were cut off`)
  const { equal, written, unchanged } = await move(source, target)
  assert.ok(equal)
  assert.ok(unchanged > 0, 'what was there is not written again')
  assert.equal(written + unchanged, bundle.split('\n').length - 1)
  assert.ok((await exportText(target.database, 'acme', KEY)) === bundle)
  assert.ok(Math.max(...peaks) < PEAK_MB, `${peaks.join(', ')} MB`)
})

test('Ctrl-C ends a move between two transactions', async () => {
  await using target = await tempDatabase('postgres')
  await using moving = startGenjin(moveArgs(source, target), { env: ENV })
  for (let wait = 0; wait < 600; wait++) {
    const rows = await target.query('SELECT 1 FROM follow LIMIT 1').catch(() => [])
    if (rows.length > 0) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  moving.kill('SIGINT')
  const end = await moving.ended
  assert.equal(end.code, 1)
  assert.equal(end.stderr, '已中断 / interrupted\n')
  assert.equal((await move(source, target)).equal, true)
})

test('a record that was altered in the target is put right; one too many is told, and nothing is deleted', async () => {
  await using target = await tempDatabase('postgres')
  await move(source, target)
  await target.query(`UPDATE follow SET head = replace(head, '"content":"', '"content":"x') WHERE id =
    (SELECT max(id) FROM follow WHERE id < 9000000000000000000)`)
  const { equal, written } = await move(source, target)
  assert.deepEqual([equal, written], [true, 1])
  assert.ok((await exportText(target.database, 'acme', KEY)) === bundle)

  const extra = JSON.stringify(follow({ id: 77, follow_type: null }))
  await importLines(target.database, 'acme', [extra], KEY)
  const told: Ended = await genjin(moveArgs(source, target), { env: ENV })
  assert.equal(told.code, 1)
  assert.match(told.stdout, /^来源 .*\n目标 .*\n/)
  assert.doesNotMatch(told.stdout, /两边一致/)
  assert.match(told.stderr, /两边不一致 \/ the two sides differ: follow.*移动从不删除/)
  assert.ok((await exportText(target.database, 'acme', KEY)).includes('{"kind":"follow","id":77,'))
})

test('what is written to the source meanwhile does no harm, and comes over with the next move', async () => {
  await using own = await tempDatabase('sqlite')
  await addCompany(own.database, 'acme', KEY)
  await importLines(own.database, 'acme', demoLines({ ...SHAPE, follows: 3_000 }), KEY)
  await using target = await tempDatabase('postgres')
  await using moving = startGenjin([...moveArgs(own, target), '--json'], { env: ENV })
  for (let wait = 0; wait < 600; wait++) {
    const rows = await target.query('SELECT 1 FROM follow LIMIT 1').catch(() => [])
    if (rows.length > 0) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await importLines(own.database, 'acme', [JSON.stringify(follow({ id: 5, follow_type: null }))], KEY)
  const end = await moving.ended
  assert.equal(end.code, 0, end.stderr)
  assert.equal(JSON.parse(end.stdout).equal, true)
  const next = await move(own, target)
  assert.deepEqual([next.equal, next.written], [true, 1])
})

test('wrong usage, one database on both sides and a source that is not there are refused', async () => {
  await using target = await tempDatabase('sqlite')
  const from = ['--from', source.database]
  const to = ['--to', target.database]
  const cases: readonly [readonly string[], number, RegExp][] = [
    [['move', ...to, '--corp', 'acme'], 2, /缺少选项 --from/],
    [['move', ...from, '--corp', 'acme'], 2, /缺少选项 --to/],
    [['move', ...from, ...to], 2, /缺少选项 --corp/],
    [['move', ...from, ...to, '--corp', 'acme', '--database', target.database], 2, /不用 --database/],
    [['move', '--from', 'mysql://x', ...to, '--corp', 'acme'], 1, /数据库地址 --from 不可用/],
    [['move', '--from', 'sqlite:missing.db', ...to, '--corp', 'acme'], 1, /来源 missing.db 不存在/],
    [['move', ...from, '--to', source.database, '--corp', 'acme'], 1, /是同一个数据库/],
    [['move', ...from, ...to, '--corp', 'nobody'], 1, /来源数据库里没有企业 nobody/],
  ]
  for (const [args, code, message] of cases) {
    const end = await genjin(args, { env: ENV, cwd: target.path })
    assert.equal(end.code, code, `${args.join(' ')}: ${end.stderr}`)
    assert.match(end.stderr, message)
    assert.equal(end.stdout, '')
  }
})
