import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FILES, read } from './support/repository.ts'

/**
 * Words that the house has given up → what it says instead. One letter of each is in brackets, so that this file does not
 * find itself. Searched in the paths and the texts of all files.
 */
const RETIRED: readonly (readonly [RegExp, string])[] = [
  [/follow-?[w]ay\b/i, 'query plan'],
  [/\b[w]eigh(s|ed|ing)?\b|\bWeight[s]\b/, 'estimate'],
  [/shared-?[c]ommit/i, 'group commit'],
  [/\bgat[h]ering\b|\bGat[h]ering\b/, 'request batcher'],
  [/company-?[w]all\b|\bwall betwee[n]/i, 'tenant guard'],
  [/sqlite-?asi[d]e|readAsi[d]e|Asi[d]eReader/i, 'reader thread'],
  [/Known[L]ist/, 'ListState'],
  [/\bWorl[d]\b/, 'environment'],
  [/\bcontext\.p[a]rts\b|core\.p[a]rts\b|\bP[a]rts\b(?= \}|,)/, 'context'],
  [/move[C]ompany/, 'moveCorp'],
  [/\bbreat[h]e/i, 'yieldToEventLoop'],
  [/^(?!\/\/).*wareh[o]use(?!\.db).*\.ts$|\bwareh[o]use[A-Z]|Wareh[o]use/, 'mirror'],
  [/\bfollow meth[o]ds?\b/i, 'follow type'],
  [/\bmeth[o]ds?Of\b|Meth[o]d(Id|Name|Finder|Text)\b|meth[o]d(Id|Name)\b|MOST_METH[O]DS/, 'followType'],
  [/\b(re)?(makes?|made|making|begins?|began|begun|reads?) an[e]w\b/i, 'again'],
  [/\bin v[a]in\b/i, 'without effect'],
  [/\bstand(s|ing) s[t]ill\b/i, 'blocking'],
  [/\bfor not[h]ing\b/i, 'the reason'],
  [/\bto be h[a]d\b/i, 'available'],
  [/\blets? g[o] of\b/i, 'close, release'],
  [/\bis n[o] text\b/i, 'binary'],
  [/\bwho[e]ver\b/i, 'a name of the one who acts'],
  [/坏[行]/, '跳过 n 行'],
  [/(?<!周五前|周四|下周|当场)答[复]/, '返回、响应'],
]

/** Where a word is data or cites another's text, and migrations, which never change once released. */
const ELSEWHERE =
  /\/migrations\/|^package-lock\.json$|^test\/fixtures\/|^docs\/performance\/|\.(png|ico|svg)$/

test('no file says a retired word, in its name or its text', () => {
  const files = FILES.filter((file) => !ELSEWHERE.test(file))
  assert.ok(FILES.length === 0 || files.length > 300)
  const found: string[] = []
  for (const file of files) {
    for (const [number, line] of [file, ...read(file).split('\n')].entries()) {
      for (const [word, instead] of RETIRED) {
        const [hit] = word.exec(line) ?? []
        if (hit !== undefined) found.push(`${file}:${number}: ${hit} → ${instead}`)
      }
    }
  }
  assert.deepEqual(found, [])
})
