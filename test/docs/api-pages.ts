import assert from 'node:assert/strict'
import { parseExact } from 'genjin-record'
import { BROWSER_EXAMPLES } from '../../tools/docs/examples.ts'
import { kebab } from '../../tools/docs/language.ts'
import { GROUPS } from '../../tools/docs/text.ts'
import { type Document, readDocument } from './markdown.ts'
import { type Printed, runBlocks } from './run-document.ts'

/** A page of docs/api whose blocks have run. */
export interface RunPage {
  /** The operation's name. */
  readonly name: string
  readonly document: Document
  /** What its curl printed: the output of the last sh block that printed anything. */
  readonly curl: string
  /** What its TypeScript printed. */
  readonly typescript: string
}

/** The pages of the operations in the order of the index. */
export function apiPages(): { name: string; path: string }[] {
  return GROUPS.flatMap(({ operations }) =>
    Object.keys(operations).map((name) => ({ name, path: `docs/api/${kebab(name)}.md` })),
  )
}

/** Runs the blocks of all pages that have some beside one demo server. */
export async function runApiPages(): Promise<RunPage[]> {
  const pages = apiPages().filter(({ name }) => !(name in BROWSER_EXAMPLES))
  const printed = await runBlocks(pages.map(({ path }) => path))
  return pages.map(({ name, path }, index) => {
    const document = readDocument(path)
    const outputs = (language: string) =>
      document.blocks
        .filter((block) => block.language === language)
        .map(({ line }) => (printed[index] as Printed).get(line) ?? '')
    return {
      name,
      document,
      curl: outputs('sh').findLast((output) => output !== '') ?? '',
      typescript: outputs('ts').join('\n'),
    }
  })
}

/** Keys whose values are random or differ from run to run. */
const VOLATILE = [
  'access_token',
  'agent',
  'app_secret',
  'appid',
  'challenge',
  'create_at',
  'cursor',
  'expires_at',
  'invited_until',
  'link',
  'old_secret_until',
  'seq',
]

/** IDs of sessions are random text. */
const SESSION_ID = /\.sessions\[\d+\]\.id$/

/** Times written while the pages ran are closer to now than this. */
const NOW_MS = 3_600_000

/**
 * Asserts that a page shows what was printed: the same keys in the same order, the same types, and the same values except
 * volatile ones, times of this run and IDs created in this run. Without `values` only keys and types are compared.
 */
export function assertShown(shown: unknown, printed: string, where: string, values = true): void {
  same(shown, parseExact(printed), where, values)
}

function same(shown: unknown, printed: unknown, where: string, values: boolean): void {
  const key = where.split('.').at(-1) as string
  if (VOLATILE.includes(key) || SESSION_ID.test(where) || (isOfNow(printed) && typeof shown === 'number')) {
    assert.equal(typeof printed, typeof shown, where)
  } else if (Array.isArray(shown)) {
    assert.ok(Array.isArray(printed), where)
    assert.equal(printed.length, shown.length, where)
    for (const [index, entry] of shown.entries()) same(entry, printed[index], `${where}[${index}]`, values)
  } else if (isObject(shown) && isObject(printed)) {
    assert.deepEqual(Object.keys(printed), Object.keys(shown), where)
    for (const name of Object.keys(shown)) same(shown[name], printed[name], `${where}.${name}`, values)
  } else if (values) {
    assert.deepEqual(printed, shown, where)
  } else {
    assert.equal(typeof printed, typeof shown, where)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Whether a number is a time of this run, in ms or seconds, or an ID created in this run. */
function isOfNow(value: unknown): boolean {
  if (typeof value !== 'number') return false
  const mintedMs = value / 4096 + Date.UTC(2024, 0, 1)
  return [value, value * 1000, mintedMs].some((ms) => Math.abs(ms - Date.now()) < NOW_MS)
}
