import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ERRORS, OPERATIONS } from 'genjin-contract'
import { parseExact } from 'genjin-record'
import { kebab } from '../../tools/docs/language.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { apiPages, assertShown, type RunPage, runApiPages } from './api-pages.ts'
import { documentPaths, ROOT, readDocument } from './markdown.ts'
import { passkeyAnswers } from './passkey-answers.ts'
import { errorAnswers } from './provoke-errors.ts'

test('the examples of every operation run and print what its page shows', async () => {
  const pages = await runApiPages()
  const inBrowser = await passkeyAnswers()
  assert.equal(pages.length + inBrowser.size, Object.keys(OPERATIONS).length)
  for (const [name, text] of inBrowser) {
    const path = `docs/api/${kebab(name)}.md`
    assertShown(sampleOf({ document: readDocument(path) }), text, path, false)
  }
  for (const page of pages) {
    const { path } = page.document
    const shown = sampleOf(page)
    assertShown(shown, page.curl, `${path} curl`)
    assertShown(shown, page.typescript, `${path} TypeScript`, false)
    assert.match(page.typescript, /^\{"code":0,/, path)
  }
})

function sampleOf({ document }: Pick<RunPage, 'document'>): unknown {
  const samples = document.blocks.filter(({ language }) => language === 'json')
  assert.equal(samples.length, 1, document.path)
  return parseExact(samples[0]?.text as string)
}

test('all TypeScript shown compiles', () => {
  using folder = tempFolder()
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'))
  const files = documentPaths().flatMap((path) =>
    readDocument(path)
      .blocks.filter(({ language }) => language === 'ts')
      .map(({ text, line }) => {
        const name = `${path.replaceAll('/', '-')}-${line}.ts`
        writeFileSync(join(folder.path, name), text)
        return name
      }),
  )
  assert.ok(files.length >= 2 * apiPages().length)
  writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }')
  const settings = { extends: join(ROOT, 'tsconfig.json'), include: [], files }
  writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify(settings))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder.path], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})

test('every error is returned as its page shows', async () => {
  const answers = await errorAnswers()
  assert.deepEqual([...answers.keys()].sort(), Object.keys(ERRORS).sort())
  for (const [name, { code }] of Object.entries(ERRORS)) {
    const document = readDocument(`docs/errors/${code}.md`)
    const answer = answers.get(name as keyof typeof ERRORS)
    assert.equal(answer?.code, code, name)
    assert.deepEqual(sampleOf({ document }), answer, document.path)
  }
})
