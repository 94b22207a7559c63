import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { OPERATIONS } from '../../packages/contract/src/operations.ts'
import { docsFiles, readSamples } from './files.ts'
import { ENDING, LANGUAGES } from './language.ts'
import { GROUPS } from './text.ts'

const ROOT = new URL('../..', import.meta.url)
const files = docsFiles(readSamples())

test('docs/api, docs/errors and the tables of errors are what the contract says (npm run docs writes them)', () => {
  for (const [path, text] of files) assert.equal(readFileSync(new URL(path, ROOT), 'utf8'), text, path)
})

test('docs/api and docs/errors hold no other file', () => {
  for (const folder of ['docs/api', 'docs/errors']) {
    const expected = [...files.keys()].filter((path) => path.startsWith(`${folder}/`))
    const found = readdirSync(new URL(folder, ROOT)).map((name) => `${folder}/${name}`)
    assert.deepEqual(found.sort(), expected.sort())
  }
})

test('every operation is in the index once', () => {
  const names = GROUPS.flatMap(({ operations }) => Object.keys(operations))
  assert.deepEqual(names.sort(), Object.keys(OPERATIONS).sort())
})

test('the pages have six parts in one order', () => {
  const parts = {
    zh: ['请求方式', '请求地址', '参数', '返回示例', '返回说明', '错误码'],
    en: [
      'Request method',
      'Request address',
      'Parameters',
      'Sample response',
      'Response fields',
      'Error codes',
    ],
  }
  for (const language of LANGUAGES) {
    const ending = ENDING[language]
    const pages = [...files].filter(
      ([path]) => /^docs\/api\/(?!index)[a-z-]+\./.test(path) && path.replace(/[^.]*/, '') === ending,
    )
    assert.equal(pages.length, Object.keys(OPERATIONS).length)
    for (const [path, text] of pages) {
      const titles = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1])
      assert.deepEqual(titles, parts[language], path)
    }
  }
})

test('the English tables are in English', () => {
  for (const [path, text] of files) {
    if (!path.endsWith('.en.md')) continue
    const rows = text.split('\n').filter((line) => line.startsWith('|'))
    for (const row of rows) assert.doesNotMatch(row, /\p{Script=Han}/u, path)
  }
})
