import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BUNDLE_LINES, ERRORS } from 'genjin-contract'
import { BASE_COLUMNS } from 'genjin-sync'
import { EXIT, GLOBAL_OPTIONS } from '../../packages/cli/src/command.ts'
import { COMMANDS } from '../../packages/cli/src/commands.ts'
import { type Document, type Heading, ROOT, readDocument, tableRows } from './markdown.ts'

function both(name: string): [Document, Document] {
  return [readDocument(`${name}.md`), readDocument(`${name}.en.md`)]
}

function section(document: Document, title: RegExp): Heading {
  const found = document.headings.find((heading) => title.test(heading.title))
  assert.ok(found, `${document.path}: no heading ${title}`)
  return found
}

/** The names in backticks in the first column of a section's tables: `--port PORT` gives --port. */
function firstNames({ text }: Heading): string[] {
  return tableRows(text).flatMap(([cell = '']) =>
    [...cell.matchAll(/`([^` ]+)[^`]*`/g)].map((match) => match[1] as string),
  )
}

test('every error code has its row in errors, with its sub_code and HTTP status; no row is without a code', () => {
  const expected = Object.values(ERRORS).map(({ code, subCode, status }) => [code, subCode, status])
  for (const document of both('docs/errors')) {
    const ending = document.path.endsWith('.en.md') ? '.en.md' : '.md'
    const rows = tableRows(document.text).map(([link, subCode, http]) => {
      const [, code, page] = /^\[(\d+)\]\((.+)\)$/.exec(link as string) ?? []
      assert.equal(page, `errors/${code}${ending}`, document.path)
      return [Number(code), subCode, Number.parseInt(http as string, 10)]
    })
    assert.deepEqual(
      rows,
      expected.sort(([a], [b]) => Number(a) - Number(b)),
      document.path,
    )
  }
})

/** Rule → its sources. */
function rules(document: Document, marks: RegExp): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { title, text } of document.headings) {
    const id = /^([A-Z]\d+) /.exec(title)?.[1]
    if (!id) continue
    const [, sources = ''] = marks.exec(text) ?? []
    found.set(id, sources.split(/、|, /))
  }
  return found
}

const SOURCES: Record<string, string> = {
  平台文档: 'platform docs',
  平台示例: 'platform sample',
  现有客户端: 'existing clients',
  'genjin 自定': 'genjin',
}

test('every rule is in both languages, in one order, with its sources', () => {
  const [chinese, english] = both('docs/rules')
  const chineseRules = rules(chinese, /^来源[：：](.+)$/m)
  for (const [id, sources] of chineseRules) {
    for (const source of sources) assert.ok(SOURCES[source], `${id}: ${source}`)
  }
  assert.deepEqual(
    [...rules(english, /^Source: (.+)$/m)],
    [...chineseRules].map(([id, sources]) => [id, sources.map((source) => SOURCES[source])]),
  )
})

test('every rule has a test whose name starts with it, and every rule that a test names is in docs/rules', () => {
  const files = ['test/rules', 'test/people'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)),
  )
  const tested = new Set(
    files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^test\(\s*['"`]([A-Z]\d+) /gm)].map(
        (match) => match[1] as string,
      ),
    ),
  )
  const written = new Set(rules(readDocument('docs/rules.md'), /$/).keys())
  assert.deepEqual(
    [...written].filter((id) => !tested.has(id)),
    [],
    'rules without a test',
  )
  assert.deepEqual(
    [...tested].filter((id) => !written.has(id)),
    [],
    'tests of a rule that is not in docs/rules.md',
  )
})

test('every command and every option is in operations, and no other', async () => {
  for (const document of both('docs/operations')) {
    const headings = document.headings.filter(({ title }) => title.startsWith('genjin '))
    assert.deepEqual(
      headings.map(({ title }) => title),
      Object.keys(COMMANDS).map((name) => `genjin ${name}`),
      document.path,
    )
    for (const [name, { load }] of Object.entries(COMMANDS)) {
      const { options } = await load()
      const heading = section(document, new RegExp(`^genjin ${name}$`))
      const documented = firstNames(heading)
      assert.deepEqual(
        documented,
        Object.keys(options).map((option) => `--${option}`),
        `${document.path}: ${name}`,
      )
    }
    const general = section(document, /^(命令与选项|Commands and options)$/)
    assert.deepEqual(
      firstNames(general),
      Object.keys(GLOBAL_OPTIONS).map((option) => `--${option}`),
      document.path,
    )
  }
})

test('every environment variable and every exit code is in operations', () => {
  const env = readFileSync(join(ROOT, 'packages/server/src/process/env.ts'), 'utf8')
  const ofServer = [...env.matchAll(/env\.([A-Z]\w+)/g)].map((match) => match[1] as string)
  const variables = [...new Set([...ofServer, ...variablesOfCommands()])].sort()
  assert.ok(ofServer.length > 0 && variables.length > ofServer.length)
  for (const document of both('docs/operations')) {
    const heading = section(document, /^(环境变量与退出码|Environment and exit codes)$/)
    assert.deepEqual(firstNames(heading).sort(), variables, document.path)
    const codes = tableRows(heading.text)
      .map(([cell]) => cell)
      .filter((cell) => /^\d+$/.test(cell ?? ''))
    assert.deepEqual(codes.map(Number), Object.values(EXIT), document.path)
  }
})

/** Variables that commands read or name in their texts; `GENJIN_APP_SECRET_${…}` exists for each side of a comparison. */
function variablesOfCommands(): string[] {
  const folder = join(ROOT, 'packages/cli/src')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.includes('.test.'),
  )
  return sources.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/GENJIN(?:_[A-Z]+)+(_\$\{)?/g)].flatMap(
      ([text, sides]) => (sides ? ['A', 'B'].map((side) => text.replace('${', side)) : [text]),
    ),
  )
}

/** The type of each kind of column on both engines. */
const COLUMN_TYPES: Record<string, [postgres: string, sqlite: string]> = {
  bigint: ['bigint', 'INTEGER'],
  smallint: ['smallint', 'INTEGER'],
  integer: ['integer', 'INTEGER'],
  boolean: ['boolean', 'INTEGER'],
  text: ['text', 'TEXT'],
  json: ['json', 'TEXT'],
  time: ['timestamptz', 'TEXT'],
}

test('every column of a synced table is in integrate, in its order, with its types', () => {
  for (const document of both('docs/integrate')) {
    const { text } = section(document, /^(表的列|Columns of the table)$/)
    const documented = tableRows(text).flatMap(([names = '', postgres, sqlite]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, postgres, sqlite]),
    )
    assert.deepEqual(
      documented,
      BASE_COLUMNS.map(({ name, kind }) => [name, ...(COLUMN_TYPES[kind] as [string, string])]),
      document.path,
    )
  }
})

test('every key of every bundle line is in bundle, and whether it is required', () => {
  for (const document of both('docs/bundle')) {
    for (const [kind, schema] of Object.entries(BUNDLE_LINES)) {
      const { text } = section(document, new RegExp(`^${kind}( |$)`))
      const documented = new Map<string, boolean>()
      for (const [cell = ''] of tableRows(text)) {
        for (const match of cell.matchAll(/`(\w+)`/g)) documented.set(match[1] as string, cell.endsWith('*'))
      }
      const required = new Set(schema.required as string[])
      assert.deepEqual(
        [...documented].sort(),
        Object.keys(schema.properties)
          .map((key) => [key, required.has(key)])
          .sort(),
        `${document.path}: ${kind}`,
      )
    }
  }
})
