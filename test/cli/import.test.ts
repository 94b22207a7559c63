import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { BadLine, ImportReport } from 'genjin-server'
import {
  addApp,
  addCompany,
  type CliProcess,
  type Ended,
  exportText,
  genjin,
  genjinDone,
  startGenjin,
  startServe,
  watched,
} from '../support/cli.ts'
import { TestClient } from '../support/client.ts'
import { type TempDatabase, tempDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { follow } from '../support/server.ts'

/** A company `acme` in a database of its own. */
async function tempCorp() {
  const temp = await tempDatabase()
  await addCompany(temp.database, 'acme')
  const of = ['--corp', 'acme', '--database', temp.database]
  return {
    ...temp,
    of,
    import: (input: string | Buffer, ...options: string[]) =>
      genjin(['import', '-', ...of, ...options], { input }),
    /** Imports lines (objects, or text as it is); every one of them must be good. */
    load: async (lines: readonly unknown[]) => {
      await genjinDone(['import', '-', ...of], { input: bundle(lines) })
    },
    /** The company's bundle, line by line. */
    export: async () => (await exportText(temp.database, 'acme')).split('\n').slice(0, -1),
  }
}

function bundle(lines: readonly unknown[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
}

/** What `--json` prints. */
function reportOf(end: Ended): ImportReport & { bad_lines: BadLine[] } {
  return JSON.parse(end.stdout)
}

function staff(userId: string): object {
  return { kind: 'staff', user_id: userId, name: userId }
}

function department(id: number, parentId: number | null, name = `部门${id}`): object {
  return { kind: 'department', id, name, parent_id: parentId }
}

/** The lines of one kind. */
function linesOf(kind: string, lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith(`{"kind":"${kind}"`))
}

test('a bundle is imported from a file and from standard input alike, and importing it again changes nothing', async () => {
  await using company = await tempCorp()
  const lines = bundle([
    staff('zhang'),
    department(1, null),
    { kind: 'custom_field', key: 'budget', name: '预算', type: 'number' },
    { kind: 'target', type: 1, id: 'c1', name: '客户一' },
    { kind: 'follow_type', id: 1, name: '电话跟进' },
    follow({ id: 1 }),
  ])
  const file = join(company.path, 'bundle.ndjson')
  writeFileSync(file, lines)
  const first = await genjinDone(['import', file, ...company.of])
  assert.equal(
    first.stdout,
    '已导入：部门 1，员工 1，人员 0，跟进方式 1，自定义字段 1，客户等对象 1，跟进 1；跳过 0 行\n',
  )
  assert.equal(first.stderr, '', 'nothing but the summary in a pipe')
  const kept = await company.export()

  const again = await company.import(lines, '--json')
  assert.equal(again.code, 0)
  assert.deepEqual(reportOf(again), {
    imported: { department: 1, staff: 1, person: 0, follow_type: 1, custom_field: 1, target: 1, follow: 1 },
    bad: 0,
    complete: true,
    bad_lines: [],
  })
  assert.deepEqual(await company.export(), kept)
})

/** Invalid lines with the field and reason that are reported; in the bundle each follows a valid one. */
const BAD: readonly (readonly [string | Buffer, string | null, RegExp])[] = [
  ['{"kind":"staff","user_id":"x","name":"未完', null, /^不是合法的 JSON/],
  ['["staff","x"]', 'kind', /^kind 须为 department、staff、/],
  ['null', 'kind', /^kind 须为/],
  ['{"user_id":"x","name":"x"}', 'kind', /^kind 须为/],
  ['{"kind":"customer","id":"x"}', 'kind', /^kind 须为/],
  ['{"kind":"__proto__","id":"x"}', 'kind', /^kind 须为/],
  ['{"kind":"staff","name":"x"}', 'user_id', /^缺少必填参数 user_id/],
  ['{"kind":"staff","user_id":"x","name":null}', 'name', /^缺少必填参数 name/],
  ['{"kind":"department","id":"一","name":"x"}', 'id', /id 类型不正确：需要整数，收到 "一"/],
  ['{"kind":"department","id":9223372036854775808,"name":"x"}', 'id', /id 超出范围.*9223372036854775808/],
  [
    '{"kind":"staff","user_id":"x","name":"x","department_ids":[1,"b"]}',
    'department_ids[1]',
    /department_ids\[1\] 类型/,
  ],
  [
    '{"kind":"target","type":2,"id":"x","name":"x"}',
    'type',
    /type 超出范围：允许 1、3、4、9、10、11、12，收到 2/,
  ],
  ['{"kind":"person","role":"staff"}', 'user_id', /^缺少必填参数 user_id/],
  ['{"kind":"person","user_id":"x"}', 'role', /^缺少必填参数 role/],
  ['{"kind":"person","user_id":"x","role":"boss"}', 'role', /role .*staff、manager、admin/],
  ['{"kind":"person","user_id":"x","role":"staff","disabled":"?"}', 'disabled', /disabled 类型/],
  [Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), null, /^不是有效的 UTF-8 编码/],
  ['{"kind":"staff","user_id":"x\\u0000","name":"x"}', 'user_id', /user_id 含有 NUL 字符/],
  ['{"kind":"staff","user_id":"x\\ud800","name":"x"}', 'user_id', /user_id 含有不成对的代理字符/],
  [
    JSON.stringify({ kind: 'staff', user_id: 'x', name: 'x', note: 'x'.repeat(2 * 1024 * 1024) }),
    null,
    /^本行超过 2 MiB/,
  ],
  [`{"kind":"follow","field_map":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, null, /^嵌套超过 32 层/],
  [
    JSON.stringify({ kind: 'staff', user_id: 'x', name: 'x', department_ids: Array(1001).fill(1) }),
    'department_ids',
    /1001 项，最多 1000 项/,
  ],
]

function badBundle(): Buffer {
  const parts = BAD.flatMap(([line], index) => [bundle([staff(`good${index}`)]), line, '\n'])
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)))
}

test('invalid lines are reported with number, field and reason, the others are imported, and the exit code is 3', async () => {
  await using company = await tempCorp()
  const end = await company.import(badBundle(), '--json')
  assert.equal(end.code, 3)
  const report = reportOf(end)
  assert.equal(report.bad, BAD.length)
  assert.equal(report.complete, true)
  assert.equal(report.imported.staff, BAD.length)
  assert.deepEqual(
    report.bad_lines.map(({ line, field }) => [line, field]),
    BAD.map(([, field], index) => [2 * index + 2, field]),
  )
  for (const [index, [, , reason]] of BAD.entries()) {
    assert.match(report.bad_lines[index]?.reason as string, reason)
  }
  const kept = linesOf('staff', await company.export())
  assert.equal(kept.length, BAD.length)
  assert.ok(kept.every((line) => line.includes('"user_id":"good')))

  const plain = await company.import(badBundle())
  assert.equal(plain.code, 3)
  assert.match(plain.stderr, /^第 2 行：不是合法的 JSON/)
  assert.match(plain.stderr, /^第 14 行，user_id：缺少必填参数 user_id/m)
  assert.match(plain.stdout, /^已导入：.*员工 22，.*；跳过 22 行\n$/)
})

test('of very many invalid lines the first hundred are reported and the rest are counted', async () => {
  await using company = await tempCorp()
  const input = bundle([...Array(150).fill('{}'), staff('last')])
  const plain = await company.import(input)
  assert.equal(plain.code, 3)
  const reported = plain.stderr.trimEnd().split('\n')
  assert.equal(reported.length, 101)
  assert.equal(reported.at(-1), '……另有 50 个无效行')
  assert.match(plain.stdout, /员工 1，.*跳过 150 行/)
})

test('--strict stops at the first invalid line and keeps the lines before it', async () => {
  await using company = await tempCorp()
  const lines = [staff('a'), department(1, null), '{"kind":"staff"}', staff('b'), 'nonsense']
  const end = await company.import(bundle(lines), '--strict', '--json')
  assert.equal(end.code, 3)
  const report = reportOf(end)
  assert.equal(report.complete, false)
  assert.equal(report.bad, 1)
  assert.deepEqual(report.bad_lines, [
    { line: 3, field: 'user_id', reason: '缺少必填参数 user_id（员工ID）' },
  ])
  const kept = await company.export()
  assert.deepEqual(
    linesOf('staff', kept).map((line) => JSON.parse(line).user_id),
    ['a'],
  )
  assert.equal(linesOf('department', kept).length, 1)

  const plain = await company.import(bundle(lines), '--strict')
  assert.match(plain.stdout, /跳过 1 行（--strict：到此停止，改正后再运行一次）/)
  assert.match(plain.stderr, /^第 3 行，user_id：/)
})

test('--strict ends a long import while its standard input stays open', async () => {
  await using company = await tempCorp()
  await using stopped = startGenjin(['import', '-', '--strict', '--json', ...company.of])
  const lines = Array.from({ length: 10_000 }, (_, index) => staff(`s${index}`))
  stopped.stdin.write(bundle(lines))
  await written(company, stopped, 9_000)
  // A thread is ready by now, and reads what comes after the next line.
  await setTimeout(500)
  stopped.stdin.write(bundle([staff('one more')]))
  await setTimeout(100)
  stopped.stdin.write(bundle(['{}', staff('last')]))
  const end = await stopped.ended
  assert.equal(end.code, 3, end.stderr)
  assert.equal(reportOf(end).imported.staff, lines.length + 1)
  assert.equal(linesOf('staff', await company.export()).length, lines.length + 1)
})

test('CRLF line ends, a byte order mark, empty lines and a missing final newline are accepted', async () => {
  await using company = await tempCorp()
  const input = `\ufeff${JSON.stringify(staff('a'))}\r\n\r\n\n${JSON.stringify(staff('b'))}\n\r\n{}\r\n${JSON.stringify(staff('c'))}`
  const end = await company.import(input, '--json')
  const report = reportOf(end)
  assert.equal(report.imported.staff, 3)
  assert.deepEqual(
    report.bad_lines.map(({ line }) => line),
    [6],
    'empty lines count',
  )
  const lastWithReturn = await company.import(`${JSON.stringify(staff('d'))}\r`, '--json')
  assert.equal(lastWithReturn.code, 0, lastWithReturn.stdout)
  assert.equal((await company.import('', '--json')).code, 0, 'an empty file is a bundle of nothing')
})

test('departments may come in any order, and two imports may swap a parent and its child', async () => {
  await using company = await tempCorp()
  await company.load([department(2, 1), department(3, 2), department(1, null)])
  const tree = async () =>
    linesOf('department', await company.export())
      .map((line) => JSON.parse(line))
      .map(({ id, parent_id }) => `${id}<${parent_id}`)
      .join(' ')
  assert.equal(await tree(), '1<null 2<1 3<2')

  await company.load([department(1, 2), department(2, null)])
  assert.equal(await tree(), '1<2 2<null 3<2')

  // The whole chain the other way round, each line a cycle until the last one is there.
  await company.load([department(2, 1), department(1, 3), department(3, null)])
  assert.equal(await tree(), '1<3 2<1 3<null')
})

test('departments that would form a cycle are reported as invalid, and the tree stays a tree', async () => {
  await using company = await tempCorp()
  const circles = [department(5, 5), department(10, 12), department(11, 10), department(12, 11)]
  const end = await company.import(bundle([department(1, null), ...circles]), '--json')
  assert.equal(end.code, 3)
  const { bad_lines: bad } = reportOf(end)
  assert.deepEqual(
    bad.map(({ line, field }) => `${line} ${field}`),
    ['2 parent_id', '5 parent_id'],
  )
  assert.match(bad[0]?.reason as string, /部门 5 的上级关系成环/)
  const kept = linesOf('department', await company.export()).map((line) => JSON.parse(line).id)
  assert.deepEqual(kept, [1, 10, 11])
})

test('a bundle read from its last line to its first gives the same company', async () => {
  await using forwards = await tempCorp()
  await using backwards = await tempCorp()
  const lines = [
    ...Array.from({ length: 30 }, (_, index) => department(index + 1, index === 0 ? null : index)),
    { kind: 'staff', user_id: 'zhang', name: '张', department_ids: [30, 2], main_department_id: 30 },
    { kind: 'follow_type', id: 7, name: '陌拜', builtin: false, enabled: false },
    { kind: 'target', type: 1, id: 'c1', name: '客户一', owner_user_id: 'zhang' },
    follow({ id: 1, follow_type: 7, follow_type_desc: '陌拜' }),
  ]
  await forwards.load(lines)
  await backwards.load([...lines].reverse())
  assert.deepEqual(await backwards.export(), await forwards.export())
})

test('a follow with an unknown follow type creates it, one by unknown staff is kept, and 19-digit ids stay exact', async () => {
  await using company = await tempCorp()
  const id = '1538877699425540097'
  const followType = '9223372036854775807'
  const text = (fields: object) => JSON.stringify(fields).replace(/"@(\d+)"/g, '$1')
  await company.load([
    text(
      follow({
        id: `@${id}`,
        follow_user_id: '已离职',
        follow_type: `@${followType}`,
        follow_type_desc: '陌生拜访',
      }),
    ),
    text(follow({ id: '@1538877699425540098', follow_user_id: '已离职' })),
  ])
  const kept = await company.export()
  assert.ok(
    kept.includes(
      `{"kind":"follow_type","id":${followType},"name":"陌生拜访","builtin":false,"enabled":true}`,
    ),
    kept.join('\n'),
  )
  assert.deepEqual(linesOf('staff', kept), [])
  assert.equal(linesOf('follow', kept).length, 2)

  const credentials = await addApp(company.database, 'acme')
  await using server = await startServe(['--database', company.database])
  const client = new TestClient(server.url, credentials)
  assert.deepEqual(await client.ids({ follow_user_ids: ['已离职'] }), {
    total: 2,
    ids: ['1538877699425540098', id],
  })
  const found = await client.post('crm/follow/list', `{"follow_type_list":[${followType}]}`)
  assert.ok(found.text.includes(`"records":[{"id":${id},`), found.text)
  assert.ok(found.text.includes(`"follow_type":${followType},"follow_type_desc":"陌生拜访"`), found.text)
  assert.equal((await client.list({ follow_type_name: '陌生拜访' })).total, 1)
})

test('an unknown company, a missing file and a folder in place of a file fail with a message', async () => {
  await using company = await tempCorp()
  const cases: readonly [readonly string[], RegExp][] = [
    [['import', '-', '--corp', 'nobody'], /企业 nobody 不存在/],
    [['import', 'missing.ndjson', '--corp', 'acme'], /文件 missing.ndjson 无法读取/],
    [['import', '.', '--corp', 'acme'], /它是一个文件夹，请给出文件名/],
    [['export', '--corp', 'nobody'], /企业 nobody 不存在/],
  ]
  await assertFails(
    cases.map(([args, message]) => [[...args, '--database', company.database], 1, message]),
    { cwd: company.path },
  )
})

/** Waits until a running import has written so many members of staff. */
async function written(
  { query }: Pick<TempDatabase, 'query'>,
  importing: CliProcess,
  count = 1,
): Promise<void> {
  let ended = false
  void importing.ended.finally(() => {
    ended = true
  })
  while ((await query(`SELECT 1 FROM staff LIMIT 1 OFFSET ${count - 1}`)).length === 0) {
    assert.ok(!ended, 'it ended before it wrote')
    await setTimeout(5)
  }
}

test('an import that is interrupted ends between two transactions, and running it again finishes it', async () => {
  await using company = await tempCorp()
  const lines = Array.from({ length: 40_000 }, (_, index) => staff(`s${String(index).padStart(5, '0')}`))
  const file = join(company.path, 'staff.ndjson')
  writeFileSync(file, bundle(lines))
  await using interrupted = startGenjin(['import', file, ...company.of])
  await written(company, interrupted)
  interrupted.kill('SIGINT')
  const end = await interrupted.ended
  assert.equal(end.code, 130)
  assert.equal(
    end.stderr,
    'genjin: 已中断：已导入的行保留；再运行一次即可补完 / interrupted: the lines imported so far are kept; run again it completes the rest\n',
  )
  assert.equal(end.stdout, '')
  const kept = linesOf('staff', await company.export()).length
  assert.ok(kept > 0 && kept < lines.length, `${kept} lines kept`)

  await genjinDone(['import', file, ...company.of])
  assert.equal(linesOf('staff', await company.export()).length, lines.length)
})

test('an import that waits for its standard input can be interrupted', async () => {
  await using company = await tempCorp()
  await using waiting = startGenjin(['import', '-', ...company.of])
  waiting.stdin.write(bundle(Array.from({ length: 1_200 }, (_, index) => staff(`s${index}`))))
  await written(company, waiting)
  waiting.kill('SIGINT')
  const end = await waiting.ended
  assert.equal(end.code, 130)
  assert.match(end.stderr, /已中断：已导入的行保留；给出同样的输入，再运行一次即可补完 \/ interrupted: /)
})

test('a file that cannot be opened fails with a message, whatever else is wrong', async () => {
  await using company = await tempCorp()
  const socket = join(company.path, 'socket')
  const server = createServer().listen(socket)
  await once(server, 'listening')
  try {
    const args = (corp: string) => ['import', socket, '--corp', corp, '--database', company.database]
    await assertFails(['acme', 'nobody'].map((corp) => [args(corp), 1, /^genjin: /]))
  } finally {
    server.close()
  }
})

test('a built-in follow type that an earlier line replaced is created again when a follow needs it', async () => {
  await using company = await tempCorp()
  const end = await company.import(
    bundle([
      follow({ id: 1, follow_type: 900001, follow_type_desc: '拜访' }),
      follow({ id: 1, follow_type: 5, follow_type_desc: '上门' }),
      { kind: 'follow_type', id: 6, name: '拜访' },
      follow({ id: 2, follow_type: 900001, follow_type_desc: '拜访' }),
    ]),
  )
  assert.equal(end.code, 0, end.stderr)
  assert.equal(linesOf('follow', await company.export()).length, 2)
})

test('of two lines with the same key the later one holds, also when the earlier one had to wait', async () => {
  await using company = await tempCorp()
  await company.load([department(1, null), department(2, 1)])
  const lines = [department(1, 2, '先'), department(1, null, '后'), department(2, null)]
  await company.load(lines)
  const first = await company.export()
  assert.match(first.join('\n'), /"name":"后"/)
  await company.load(lines)
  assert.deepEqual(await company.export(), first, 'running it again changes nothing')
})

test('records of about 1 MiB are imported and exported in less than 200 MB', async () => {
  await using company = await tempCorp()
  const { of } = company
  const text = '字'.repeat(99_000)
  const field_map = Object.fromEntries(['a', 'b'].map((key) => [key, text]))
  const lines = Array.from({ length: 150 }, (_, index) => follow({ id: index + 1, content: text, field_map }))
  await using importing = startGenjin(['import', '-', ...of])
  importing.stdin.end(bundle(lines))
  const [imported, importPeakMb] = await watched(importing)
  assert.equal(imported.code, 0, imported.stderr)
  const file = join(company.path, 'acme.ndjson')
  await using exporting = startGenjin(['export', '--out', file, ...of])
  const [exported, exportPeakMb] = await watched(exporting)
  assert.match(exported.stdout, /跟进 150/)
  // Only known on Linux.
  assert.ok((importPeakMb ?? 0) < 200, `import ${importPeakMb} MB`)
  assert.ok((exportPeakMb ?? 0) < 200, `export ${exportPeakMb} MB`)
  console.log(
    `150 records of ${Buffer.byteLength(JSON.stringify(lines[0]))} bytes: import ${importPeakMb} MB, export ${exportPeakMb} MB`,
  )
})
