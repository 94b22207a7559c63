import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { ERRORS } from 'genjin-contract'
import { greeting } from '../../packages/cli/src/commands/serve.ts'
import { apiPages } from './api-pages.ts'
import { type Block, documentPaths, ROOT, readDocument, twinPaths } from './markdown.ts'

/** The languages of code blocks; docs/testing.md says what happens to each. */
const LANGUAGES = [
  'sh',
  'ts',
  'js',
  'text',
  'json',
  'ndjson',
  'sql',
  'console',
  'nginx',
  'caddy',
  'ini',
  'yaml',
]

test('every document exists in Chinese and English', () => {
  assert.deepEqual(
    twinPaths().map(([chinese]) => chinese),
    [
      'README.md',
      'docs/bundle.md',
      'docs/change-feed.md',
      'docs/client.md',
      'docs/errors.md',
      'docs/integrate.md',
      'docs/operations.md',
      'docs/people.md',
      'docs/performance.md',
      'docs/postgres.md',
      'docs/quickstart.md',
      'docs/rules.md',
      'docs/scale.md',
      'docs/testing.md',
      ...[...apiPages().map(({ path }) => path), 'docs/api/index.md'].sort(),
      ...Object.values(ERRORS)
        .map(({ code }) => `docs/errors/${code}.md`)
        .sort(),
    ],
  )
})

test('the README begins with one sentence and the two commands', () => {
  const [, , , , sentence, , fence, start, suite, end] = readDocument('README.md').text.split('\n')
  assert.match(sentence as string, /^genjin 是.*。$/)
  assert.deepEqual(
    [fence, start, suite, end],
    [
      '```console',
      'npm ci && npm start      # 在 127.0.0.1:8787 启动，带一个演示企业和内嵌数据库',
      'npm ci && npm test       # 全部测试',
      '```',
    ],
  )
})

test('what the README shows of npm start is what it prints', () => {
  const { url, appid, secret } = {
    url: 'http://127.0.0.1:8787',
    appid: 'gj000001demodemodemo',
    secret: 'gjs_…',
  }
  const printed = greeting({ url, demo: { appid, app_secret: secret } }).trim()
  for (const path of ['README.md', 'README.en.md']) {
    const shown = readDocument(path).blocks.find(({ text }) => text.includes('app_secret'))
    assert.equal(shown?.text.trim(), printed, path)
  }
})

test('no file that an example writes a secret to is one that git status shows', () => {
  const files = new Set<string>()
  for (const path of documentPaths()) {
    for (const { text } of readDocument(path).blocks) {
      for (const [, file = ''] of text.matchAll(/^genjin app add .*> *(\S+)/gm)) files.add(file)
      for (const [, file = ''] of text.matchAll(/^cp .* (\S+\.key)$/gm)) files.add(file)
      for (const [, file = ''] of text.matchAll(/sqlite:(\S+\.db)/g))
        if (!file.startsWith('/')) files.add(`${file}.key`)
    }
  }
  assert.ok(files.size >= 8, [...files].join())
  if (!existsSync(join(ROOT, '.git'))) return
  for (const file of files) {
    assert.equal(spawnSync('git', ['check-ignore', '--quiet', file], { cwd: ROOT }).status, 0, file)
  }
})

test('twins have the same headings and the same code blocks except comments, and link to each other', () => {
  for (const [chinesePath, englishPath] of twinPaths()) {
    const chinese = readDocument(chinesePath)
    const english = readDocument(englishPath)
    assert.deepEqual(
      chinese.headings.map(({ level }) => level),
      english.headings.map(({ level }) => level),
      chinesePath,
    )
    assert.deepEqual(english.blocks.map(withoutComments), chinese.blocks.map(withoutComments), englishPath)
    assert.equal(chinese.links[0], englishPath.split('/').at(-1), chinesePath)
    assert.equal(english.links[0], chinesePath.split('/').at(-1), englishPath)
  }
})

function withoutComments({ language, text }: Block): { language: string; text: string } {
  const comment = language === 'ts' ? /\s*(?<!\S)\/\/.*$/gm : /\s*(?<!\S)#.*$/gm
  return { language, text: text.replace(comment, '') }
}

test('links inside the repository lead somewhere, headings included; English documents stay in English', () => {
  const paths = documentPaths()
  for (const path of paths) {
    for (const link of readDocument(path).links) {
      if (/^https?:/.test(link)) continue
      const [file = '', slug] = decodeURIComponent(link).split('#')
      const target = file === '' ? path : normalize(join(dirname(path), file))
      assert.ok(existsSync(join(ROOT, target)), `${path}: ${link} leads nowhere`)
      const twin = target.replace(/\.md$/, '.en.md')
      const own = target === path.replace('.en.md', '.md')
      assert.ok(own || !path.endsWith('.en.md') || !paths.includes(twin), `${path}: ${link} is in Chinese`)
      if (slug === undefined) continue
      const slugs = readDocument(target).headings.map((heading) => heading.slug)
      assert.ok(slugs.includes(slug), `${path}: ${link} has no such heading`)
    }
  }
})

test('the headings of a document have distinct anchors', () => {
  for (const path of documentPaths().filter((name) => name !== 'CHANGELOG.md')) {
    const slugs = readDocument(path).headings.map(({ slug }) => slug)
    assert.equal(new Set(slugs).size, slugs.length, path)
  }
})

test('code blocks say their language, json blocks parse', () => {
  for (const path of documentPaths()) {
    for (const { language, text, line } of readDocument(path).blocks) {
      assert.ok(LANGUAGES.includes(language), `${path}:${line}: ${language}`)
      if (language === 'json') assert.doesNotThrow(() => JSON.parse(text), `${path}:${line}`)
    }
  }
})

test('decisions are numbered without gaps; each names its alternatives and when to revisit', () => {
  const decisions = documentPaths().filter((path) => path.startsWith('docs/decisions/'))
  assert.ok(decisions.length >= 7)
  for (const [index, path] of decisions.entries()) {
    const number = String(index + 1).padStart(3, '0')
    assert.match(path, new RegExp(`/${number}-[a-z0-9-]+\\.md$`))
    const titles = readDocument(path).headings.map(({ title }) => title)
    assert.ok(titles[0]?.startsWith(`${number} `), path)
    for (const title of ['Decision', 'Alternatives', 'When to revisit'])
      assert.ok(titles.includes(title), `${path}: ${title}`)
  }
})

test('source files that CONTRIBUTING and the decisions name are where they say', () => {
  const files = globSync('{bench,packages,test,tools}/**/*.{ts,sql}', { cwd: ROOT })
  const naming = documentPaths().filter(
    (path) => path === 'CONTRIBUTING.md' || path.startsWith('docs/decisions/'),
  )
  const named = naming.flatMap((path) =>
    [...readDocument(path).text.matchAll(/`([\w-]+\/[\w./-]+\.(?:ts|sql))`/g)].map((match) => [
      path,
      match[1],
    ]),
  )
  assert.ok(named.length > 20)
  for (const [path, name] of named) {
    assert.ok(
      files.some((file) => `/${file}`.endsWith(`/${name}`)),
      `${path}: ${name} is gone`,
    )
  }
})
