import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openCore, readConfig } from 'genjin-server'
import { tempDatabase } from '../support/database.ts'
import { startTestServer } from '../support/server.ts'
import { apiPages } from './api-pages.ts'
import { documentPaths, readDocument } from './markdown.ts'
import { runDocument } from './run-document.ts'

// The blocks of the English twins are the same (documents.once.test.ts), so the Chinese ones are run.

test('the examples of the README run', () => runDocument('README.md'))

test('the examples of operations run', () => runDocument('docs/operations.md'))

test('the examples of bundle run', () => runDocument('docs/bundle.md'))

test('the examples of change-feed run', () => runDocument('docs/change-feed.md'))

test('the examples of client run', () => runDocument('docs/client.md'))

test('the examples of integrate run', () => runDocument('docs/integrate.md'))

test('the examples of postgres run', () => runDocument('docs/postgres.md'))

test('no other document has examples to run', () => {
  const running = documentPaths().filter((path) =>
    readDocument(path).blocks.some(({ language }) => language === 'sh' || language === 'ts'),
  )
  assert.deepEqual(
    running.filter((path) => !path.endsWith('.en.md')),
    [
      'README.md',
      'docs/bundle.md',
      'docs/change-feed.md',
      'docs/client.md',
      'docs/integrate.md',
      'docs/operations.md',
      'docs/postgres.md',
      // Run by api.once.test.ts.
      ...apiPages()
        .map(({ path }) => path)
        .sort(),
    ],
  )
})

test('the SQL shown runs on a database of PostgreSQL', async () => {
  await using temp = await tempDatabase('postgres')
  const environment = { now: Date.now, random: randomBytes }
  await using _ = await openCore(readConfig({ database: temp.database, key: 'k'.repeat(64) }), environment)
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
