import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCore, readConfig } from 'genjin-server'
import { BROWSER_EXAMPLES } from '../../tools/docs/examples.ts'
import { tempDatabase } from '../support/database.ts'
import { ENVIRONMENT, startTestServer } from '../support/server.ts'
import { apiPages } from './api-pages.ts'
import { documentPaths, readDocument } from './markdown.ts'
import { runDocument } from './run-document.ts'

// The blocks of the English twins are the same (documents.once.test.ts), so the Chinese ones are run.

const RUNNING = [
  'bundle',
  'change-feed',
  'client',
  'integrate',
  'operations',
  'people',
  'postgres',
  'quickstart',
]
const DOCUMENTS = RUNNING.map((name) => `docs/${name}.md`)

for (const path of DOCUMENTS) test(`the examples of ${path} run`, () => runDocument(path))

test('no other document has examples to run', () => {
  const running = documentPaths().filter((path) =>
    readDocument(path).blocks.some(({ language }) => language === 'sh' || language === 'ts'),
  )
  // Run by api.once.test.ts.
  const ofApi = apiPages()
    .filter(({ name }) => !(name in BROWSER_EXAMPLES))
    .map(({ path }) => path)
  assert.deepEqual(
    running.filter((path) => !path.endsWith('.en.md')),
    [...DOCUMENTS, ...ofApi.sort()],
  )
})

test('the SQL shown runs on a database of PostgreSQL', async () => {
  await using temp = await tempDatabase('postgres')
  await using _ = await openCore(readConfig({ database: temp.database, key: 'k'.repeat(64) }), ENVIRONMENT, {
    create: true,
  })
  let shown = 0
  for (const { language, text } of documentPaths().flatMap((path) => readDocument(path).blocks)) {
    if (language !== 'sql') continue
    await temp.query(text)
    shown++
  }
  assert.ok(shown > 0)
})

test('the bundles shown import without a bad line', async () => {
  await using server = await startTestServer()
  let shown = 0
  for (const path of documentPaths()) {
    for (const { language, text, line } of readDocument(path).blocks) {
      if (language !== 'ndjson') continue
      await server.company(`doc-${++shown}`)
      const report = await server.load(`doc-${shown}`, text.split('\n'))
      assert.deepEqual(report.badLines, [], `${path}:${line}`)
    }
  }
  assert.ok(shown > 0)
})
