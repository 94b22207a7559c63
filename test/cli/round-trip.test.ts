import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EDGES, exactLine } from '../support/bundle-edges.ts'
import { addCompany, exportText, genjinDone, importLines, startServe } from '../support/cli.ts'
import { tempDatabase } from '../support/database.ts'
import { noteSecret } from '../support/recording.ts'

const temp = await tempDatabase()
/** The demo company's bundle, as a file. */
const demo = join(temp.path, 'demo.ndjson')

before(async () => {
  await using server = await startServe(['--demo', '--database', temp.database])
  assert.equal((await server.stop()).code, 0)
  await importLines(
    temp.database,
    'demo',
    PEOPLE.map((line) => JSON.stringify(line)),
  )
  await exportTo(demo, temp.database, 'demo')
})

/** Who may sign in to the demo company. */
const PEOPLE = [
  { kind: 'person', user_id: 'user123', role: 'staff' },
  { kind: 'person', user_id: 'lead', role: 'manager', department_ids: [102, 101] },
  { kind: 'person', user_id: 'boss', role: 'admin', disabled: true },
]

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
    'person',
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

test('people come through without what is secret, and keep their own where they are the same', async () => {
  await using two = await tempDatabase()
  const { database } = two
  for (const id of ['one', 'two']) await addCompany(database, id)
  const line = (role: string, more = {}) => JSON.stringify({ kind: 'person', user_id: 'amy', role, ...more })
  const amy = '{"kind":"staff","user_id":"amy","name":"艾米"}'
  await importLines(database, 'one', [amy, line('admin')])
  const invite = async () => {
    const { stdout } = await genjinDone([
      'user',
      'invite',
      'amy',
      '--corp',
      'one',
      '--database',
      database,
      '--json',
    ])
    noteSecret(JSON.parse(stdout).link.split('#')[1])
  }
  await invite()
  const one = "corp = (SELECT corp FROM corp WHERE id = 'one')"
  const columns = ['password', 'invitation', 'invitation_until', 'disabled_at']
  const person = async (where = one) => {
    const [row] = await two.query(`SELECT * FROM person WHERE user_id = 'amy' AND ${where}`)
    return columns.map((column) => row?.[column] !== null)
  }
  const sessions = async () =>
    Number((await two.query(`SELECT count(*) AS n FROM person_session WHERE ${one}`))[0]?.n)
  await two.query(`UPDATE person SET password = 'scrypt' WHERE ${one}`)
  await two.query(
    `INSERT INTO person_session SELECT corp, 'id', user_id, 'password', 1, 1, '', '' FROM person WHERE ${one}`,
  )
  const text = await exportText(database, 'one')
  assert.equal(
    text.split('\n')[1],
    '{"kind":"person","user_id":"amy","role":"admin","department_ids":[],"disabled":false}',
  )
  assert.doesNotMatch(text, /scrypt|gji_|invitation/)
  await importLines(database, 'two', text.trimEnd().split('\n'))
  assert.deepEqual(await person(one.replace('one', 'two')), [false, false, false, false])

  // What is the same keeps what it has; another role ends sessions; who is disabled has nothing to sign in by.
  for (const [lines, kept, open] of [
    [[amy, line('admin')], [true, true, true, false], 1],
    // A bundle of the time before there were people.
    [[amy], [true, true, true, false], 1],
    // Departments are led by managers only.
    [[line('staff', { department_ids: [1, 2] })], [true, true, true, false], 0],
    [[line('staff', { disabled: true })], [false, false, false, true], 0],
    [[line('staff')], [false, false, false, false], 0],
  ] as const) {
    await importLines(database, 'one', lines)
    assert.deepEqual(await person(), kept, lines.join())
    assert.equal(await sessions(), open, lines.join())
  }
  assert.equal(
    (await exportText(database, 'one')).split('\n')[1],
    line('staff', { department_ids: [], disabled: false }),
  )
})

test('a company without one of the built-in follow types comes through unchanged', async () => {
  const named = (name: string) => [JSON.stringify({ kind: 'follow_type', id: 5, name })]
  await comesThrough(named('拜访'), named('上门拜访'))
})
