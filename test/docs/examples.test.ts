import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../support/server.ts'
import { documentPaths, readDocument } from './markdown.ts'
import { runDocument } from './run-document.ts'

// The blocks of the English twins are the same (documents.test.ts), so the Chinese ones are run.

test('the examples of the README run', () => runDocument('README.md'))

test('the examples of operations run', () => runDocument('docs/operations.md'))

test('the examples of bundle run', () => runDocument('docs/bundle.md'))

test('no other document has examples to run', () => {
  const running = documentPaths().filter((path) =>
    readDocument(path).blocks.some(({ language }) => language === 'sh'),
  )
  assert.deepEqual(
    running.filter((path) => !path.endsWith('.en.md')),
    ['README.md', 'docs/bundle.md', 'docs/operations.md'],
  )
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
