import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EDGES, exactLine } from '../support/bundle-edges.ts'
import { addCompany, exportText, genjinDone, importLines, startServe } from '../support/cli.ts'
import { tempDatabase } from '../support/database.ts'

const temp = await tempDatabase()
/** The demo company's bundle, as a file. */
const demo = join(temp.path, 'demo.ndjson')

before(async () => {
  await using server = await startServe(['--demo', '--database', temp.database])
  assert.equal((await server.stop()).code, 0)
  await exportTo(demo, temp.database, 'demo')
})

after(() => temp[Symbol.asyncDispose]())

async function exportTo(file: string, database: string, corp: string): Promise<void> {
  await genjinDone(['export', '--corp', corp, '--out', file, '--database', database])
}

async function importFrom(file: string, database: string, corp: string): Promise<void> {
  await genjinDone(['import', file, '--corp', corp, '--database', database])
}

/** Asserts that two files hold the same bytes, and reports the first line that differs. */
function assertSameFile(actual: string, expected: string): void {
  const [left, right] = [readFileSync(actual), readFileSync(expected)]
  if (left.equals(right)) return
  const lines = (bytes: Buffer) => bytes.toString('utf8').split('\n')
  const [a, b] = [lines(left), lines(right)]
  const at = a.findIndex((line, index) => line !== b[index])
  assert.fail(`line ${at + 1} differs:\n${a[at]}\n${b[at]}`)
}

test('the demo bundle holds every kind of line', () => {
  const counts: Record<string, number> = {}
  for (const line of readFileSync(demo, 'utf8').trimEnd().split('\n')) {
    const { kind } = JSON.parse(line)
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  assert.deepEqual(Object.keys(counts), [
    'department',
    'staff',
    'follow_type',
    'custom_field',
    'target',
    'follow',
  ])
  assert.ok((counts.follow as number) >= 5000, JSON.stringify(counts))
})

test('an export imported into an empty company of another database exports the same bytes, once and again', async () => {
  await using other = await tempDatabase()
  await genjinDone(['corp', 'add', 'acme', '--database', other.database])
  const file = join(other.path, 'acme.ndjson')
  await importFrom(demo, other.database, 'acme')
  await exportTo(file, other.database, 'acme')
  assertSameFile(file, demo)
  await importFrom(demo, other.database, 'acme')
  await exportTo(file, other.database, 'acme')
  assertSameFile(file, demo)
})

test('an export imported into another company of the same database exports the same bytes and leaves the first', async () => {
  await genjinDone(['corp', 'add', 'copy', '--database', temp.database])
  const file = join(temp.path, 'copy.ndjson')
  await importFrom(demo, temp.database, 'copy')
  await exportTo(file, temp.database, 'copy')
  assertSameFile(file, demo)
  await exportTo(file, temp.database, 'demo')
  assertSameFile(file, demo)
})

const LINES: readonly object[] = [
  ...EDGES,
  { kind: 'staff', user_id: 'zhang', name: '\u0001\u007f\ufeff' },
  { kind: 'follow_type', id: 6, name: '拜访' },
  { kind: 'target', type: 1, id: 'a', name: 'a' },
]

/** Imports bundles one after the other; answers the export, which another company must give too that imports it. */
async function comesThrough(...bundles: readonly (readonly string[])[]): Promise<string> {
  await using two = await tempDatabase()
  await addCompany(two.database, 'one')
  await addCompany(two.database, 'two')
  for (const lines of bundles) await importLines(two.database, 'one', lines)
  const first = await exportText(two.database, 'one')
  await importLines(two.database, 'two', first.trimEnd().split('\n'))
  assert.equal(await exportText(two.database, 'two'), first)
  return first
}

test('values at the edges of what is allowed come through unchanged', async () => {
  const first = await comesThrough(LINES.map(exactLine))
  for (const text of [
    '{"kind":"department","id":9223372036854775807,"name":"","parent_id":-9223372036854775808,"order":0}',
    '"department_ids":[9223372036854775807,2,1]',
    '"field_map":{"a":1.0,"b":1e400,"c":-0.10,"d":null}',
    '"深":[12345678901234567890,[],{},true]',
    '"location":{"location_lat":"39.9","location_lng":"","location_address":null}',
  ]) {
    assert.ok(first.includes(text), text)
  }
})

test('a company without one of the built-in follow types comes through unchanged', async () => {
  const named = (name: string) => [JSON.stringify({ kind: 'follow_type', id: 5, name })]
  await comesThrough(named('拜访'), named('上门拜访'))
})
