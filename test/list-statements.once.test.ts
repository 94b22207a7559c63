import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ENGINE } from './support/database.ts'
import { follow, startTestServer } from './support/server.ts'

/**
 * How SQLite runs every statement that lists send, read from EXPLAIN QUERY PLAN: each reads follow-ups by the index that was
 * chosen for it, none goes through all of them, and none sorts records with their texts, except those of one page that are
 * found by their ids.
 */

const RECORDS = 12_000
const DAY_MS = 86_400_000
const FIRST = Date.UTC(2023, 0, 1)
const STAFF = Array.from({ length: 40 }, (_, at) => `s${at}`)

/** One target of half of the records, some of hundreds, many of few. */
function lines(): object[] {
  return [
    { kind: 'department', id: 1, name: '总部' },
    { kind: 'department', id: 2, name: '一组', parent_id: 1 },
    ...STAFF.map((user, at) => ({
      ...{ kind: 'staff', user_id: user, name: user },
      department_ids: [at < 20 ? 2 : 1],
    })),
    ...Array.from({ length: RECORDS }, (_, at) =>
      follow({
        id: at + 1,
        follow_user_id: STAFF[(at * 7) % STAFF.length],
        business_type: [1, 3, 4][at % 3],
        business_id: at % 2 === 0 ? 'busy' : `c${at % 2000}`,
        target: { external_id: `e${at % 50}` },
        follow_type: 1 + (at % 5),
        follow_type_desc: `方式${1 + (at % 5)}`,
        title: at % 10 === 0 ? '日程' : null,
        follow_time: FIRST + ((at * 7919) % 1000) * DAY_MS + at,
        create_time: FIRST + ((at * 31) % 1000) * DAY_MS + at,
      }),
    ),
  ]
}

const TARGETS = [
  ['busy'],
  ['c1'],
  ['c1', 'c3'],
  ['busy', 'e1'],
  Array.from({ length: 300 }, (_, at) => `c${2 * at + 1}`),
  ['busy', ...Array.from({ length: 999 }, (_, at) => `c${2 * at + 1}`)],
]
const OTHERS = [
  {},
  { target_type: 1 },
  { follow_type_list: [2] },
  { follow_type_list: [2, 3] },
  { follow_user_ids: ['s3'] },
  { follow_user_ids: ['s3', 's4', 's5'] },
  { follow_dep_ids: [2] },
  { follow_dep_ids: [1], target_type: 3 },
  { title: '日程' },
  { title: '日程', follow_user_ids: ['s3'] },
  { id_list: Array.from({ length: 200 }, (_, at) => at * 7 + 1) },
  { follow_time_start: '2023-03-03', follow_time_end: '2024-11-05' },
  { follow_time_start: '2023-03-03', follow_time_end: '2023-03-20', target_type: 1 },
]

test('no list statement goes through all follow-ups or sorts their texts', {
  skip: ENGINE !== 'sqlite',
}, async () => {
  await using server = await startTestServer()
  const client = await server.company('plans', lines())
  const texts = new Set<string>()
  const note = (text: unknown) => texts.add(text as string)
  subscribe('genjin.store.statement', note)
  try {
    for (const targets of [undefined, ...TARGETS]) {
      for (const other of OTHERS) {
        const filter = { ...other, ...(targets && { target_id_list: targets }) }
        const { total } = await client.list({ ...filter, page_size: 1 })
        for (const part of [0.1, 1]) {
          const index = Math.max(1, Math.ceil((total * part) / 20))
          await client.list({ ...filter, current_index: index, page_size: 20 })
        }
      }
    }
    await client.done('crm/follow/listForSystem', { target_id_list: ['busy', 'e1'], title: '日程' })
    for (const list of ['customer', 'opportunity']) {
      const days = { start_time: FIRST / 1000 + 8_640_000, end_time: FIRST / 1000 + 8_640_000 + 20 * 86_400 }
      for (const other of [{}, days, { user_id: 's3', external_user_id: 'e3' }]) {
        for (const current_index of [1, 150]) {
          await client.done(`crm/follow/${list}/list`, { ...other, current_index, page_size: 20 })
        }
      }
    }
    await client.done('crm/follow/opportunity/list', { user_id: 's3' })
    await client.done('crm/follow/opportunity/list', { external_user_id: 'e3' })
    await client.done('crm/follow/opportunity/list', { opportunity_id: 5 })
  } finally {
    unsubscribe('genjin.store.statement', note)
  }
  const statements = [...texts].filter((text) => /\bfollow(_target)?\b/.test(text) && /^\s*SELECT/.test(text))
  assert.ok(statements.length > 60, `${statements.length} statements`)
  using database = new DatabaseSync(server.temp.database.slice('sqlite:'.length), { readOnly: true })
  for (const text of statements) {
    const rows = database
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all(...Array(text.split('?').length - 1).fill(null))
    const plan = rows.map(({ detail }) => detail).join('\n')
    // The rows of a set of targets, found by their index, each once.
    const read = plan.replace(/CO-ROUTINE t\n[\s\S]*?SCAN t\b/, '')
    assert.doesNotMatch(read, /SCAN (f|t|follow|follow_target)\b/, `${text}\n${plan}`)
    for (const [, index] of plan.matchAll(/SEARCH f USING (?:COVERING )?INDEX (\w+)/g)) {
      // Of a few ids, or one long record: there is no other.
      const isOnly = index === 'sqlite_autoindex_follow_1' || index === 'follow_long'
      assert.ok(isOnly || text.includes(`INDEXED BY ${index}`), `${text}\n${plan}`)
    }
    if (
      !/f\.(head|tail)/.test(text.replace(/octet_length\(\S+\)/g, '')) ||
      /f\.id IN \(SELECT value/.test(text)
    )
      continue
    const [keys = '', records] = plan.split(/SCAN k\b/)
    assert.doesNotMatch(records ?? keys, /TEMP B-TREE FOR ORDER BY/, `${text}\n${plan}`)
  }
})
