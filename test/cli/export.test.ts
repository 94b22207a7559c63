import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  addCompany,
  exportText,
  GENJIN,
  genjin,
  genjinDone,
  importLines,
  startGenjin,
} from '../support/cli.ts'
import { tempDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { follow } from '../support/server.ts'

/** A company with so much staff that its export takes long enough to be interrupted. */
const temp = await tempDatabase()
const of = ['--corp', 'acme', '--database', temp.database]
let whole: string

before(async () => {
  await addCompany(temp.database, 'acme')
  await importLines(temp.database, 'acme', members(15_000))
  whole = await exportText(temp.database, 'acme')
})

after(() => temp[Symbol.asyncDispose]())

function* members(count: number): Generator<string> {
  for (let index = 0; index < count; index++) {
    const user_id = `s${String(index).padStart(5, '0')}`
    yield JSON.stringify({
      kind: 'staff',
      user_id,
      name: '张三',
      position: '客户经理',
      email: `${user_id}@x.cn`,
    })
  }
}

/** A folder of this test's own. */
function folder(name: string): string {
  const path = join(temp.path, name)
  mkdirSync(path)
  return path
}

/** Waits until a file of this name is in the folder. */
function appeared(path: string, name: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(path, look)
    function look(): void {
      if (!readdirSync(path).some((each) => name.test(each))) return
      watcher.close()
      resolve()
    }
    look()
  })
}

test('export writes the bundle to standard output and the summary beside it', async () => {
  const plain = await genjinDone(['export', ...of])
  assert.ok(plain.stdout === whole)
  assert.equal(
    plain.stderr,
    '已导出：部门 0，员工 15000，人员 0，跟进方式 0，自定义字段 0，客户等对象 0，跟进 0\n',
  )

  const json = await genjinDone(['export', '--json', ...of])
  assert.ok(json.stdout === whole)
  assert.deepEqual(JSON.parse(json.stderr), {
    exported: {
      department: 0,
      staff: 15_000,
      person: 0,
      follow_type: 0,
      custom_field: 0,
      target: 0,
      follow: 0,
    },
  })
})

test('an export into a pipe that closes early ends quietly', async () => {
  const script = '{ "$0" "$@"; echo "ended $?" >&2; } | head -1'
  await using process = startGenjin(['-c', script, globalThis.process.execPath, GENJIN, 'export', ...of], {
    program: 'sh',
  })
  const { code, stdout, stderr } = await process.ended
  assert.equal(code, 0)
  assert.match(stdout, /^\{"kind":"staff","user_id":"s00000".*\}\n$/)
  assert.match(stderr, /^ended [01]\n$/)
})

test('export --out makes the file appear complete and leaves nothing beside it', async () => {
  const path = folder('whole')
  const file = join(path, 'acme.ndjson')
  await using process = startGenjin(['export', '--out', file, '--json', ...of])
  await appeared(path, /^acme\.ndjson\.[0-9a-f]{8}\.part$/)
  assert.ok(!existsSync(file), 'while it is written it has another name')
  await appeared(path, /^acme\.ndjson$/)
  assert.ok(readFileSync(file, 'utf8') === whole, 'complete from the moment it appears')
  const end = await process.ended
  assert.equal(end.code, 0)
  assert.equal(end.stderr, '')
  assert.equal(JSON.parse(end.stdout).exported.staff, 15_000)
  assert.deepEqual(readdirSync(path), ['acme.ndjson'])
})

test('an export that is interrupted leaves the earlier file as it was and nothing beside it', async () => {
  const path = folder('interrupted')
  const file = join(path, 'acme.ndjson')
  writeFileSync(file, 'the export of yesterday')
  await using process = startGenjin(['export', '--out', file, ...of])
  await appeared(path, /^acme\.ndjson\.[0-9a-f]{8}\.part$/)
  process.kill('SIGTERM')
  const end = await process.ended
  // 128 and the number of SIGTERM.
  assert.equal(end.code, 143)
  assert.equal(end.stdout, '')
  assert.equal(
    end.stderr,
    'genjin: 已中断：没有写出文件；再运行一次会从头导出 / interrupted: no file was written; run again it starts over\n',
  )
  assert.deepEqual(readdirSync(path), ['acme.ndjson'])
  assert.equal(readFileSync(file, 'utf8'), 'the export of yesterday')
})

test('an export to where it cannot be written fails with a message and leaves nothing', async () => {
  const path = folder('nowhere')
  mkdirSync(join(path, 'taken'))
  const cases: readonly [string, RegExp][] = [
    ['missing/acme.ndjson', /文件 .*missing\/acme.ndjson 无法写入/],
    ['taken', /taken 是文件夹/],
  ]
  await assertFails(
    cases.map(([name, message]) => [['export', '--out', join(path, name), ...of], 1, message]),
  )
  assert.deepEqual(readdirSync(path), ['taken'])
})

test('every line that import accepts can be imported again after its export', async () => {
  await using two = await tempDatabase()
  await addCompany(two.database, 'one')
  await addCompany(two.database, 'two')
  const line = JSON.stringify(follow({ id: 1, field_map: { note: '' } }))
  const long = line.replace('"note":""', `"note":"${'x'.repeat(1024 * 1024 - Buffer.byteLength(line))}"`)
  assert.equal(Buffer.byteLength(long), 1024 * 1024)
  await genjinDone(['import', '-', '--corp', 'one', '--database', two.database], { input: `${long}\n` })
  const bundle = await genjinDone(['export', '--corp', 'one', '--database', two.database])
  const again = await genjin(['import', '-', '--corp', 'two', '--database', two.database], {
    input: bundle.stdout,
  })
  assert.equal(again.code, 0, again.stderr)
})
