import { channel } from 'node:diagnostics_channel'
import { LRUCache } from 'lru-cache'

/**
 * The tenant guard (C10): no statement reaches the database unless it is bound to the company of its transaction. Here,
 * each SELECT, INSERT, UPDATE and DELETE needs a company for every company's table in it, and the bound values must be the
 * transaction's own; a text is read once, the values every time. PostgreSQL adds row-level security. A full SQL
 * parser in the test suite checks every statement that the suite sends (STATEMENTS).
 */

/** The tables whose rows belong to a company each. All others are shared. */
export const CORP_TABLES: readonly string[] = [
  'app',
  'audit_entry',
  'call_window',
  'corp_state',
  'custom_field',
  'department',
  'follow',
  'follow_count',
  'follow_target',
  'follow_type',
  'follow_version',
  'passkey',
  'person',
  'person_department',
  'person_session',
  'sign_in_count',
  'staff',
  'staff_department',
  'target',
  'write_key',
]

/** The diagnostics channel on which each text is published when a process first sends it. */
export const STATEMENTS = 'genjin.store.statement'

/** Throws unless the statement is bound to this company. */
export function requireBoundToCorp(text: string, values: readonly unknown[], corp: number): void {
  for (const position of bindingOf(text).positions) {
    if (values[position] !== corp) refuse('it is bound to another company', text)
  }
}

/** Throws when the statement touches a company's table: a transaction on shared tables is bound to no company. */
export function requireShared(text: string): void {
  if (bindingOf(text).tables > 0) refuse('it is outside a company', text)
}

interface Binding {
  /** How many times a company's table stands in the text. */
  readonly tables: number
  /** The positions of the bound values that hold the company, from 0. */
  readonly positions: readonly number[]
}

/** The store has some hundreds of texts. */
const known = new LRUCache<string, Binding>({ max: 2_000 })
const statements = channel(STATEMENTS)

function bindingOf(text: string): Binding {
  let binding = known.get(text)
  if (!binding) {
    binding = readBinding(text)
    if (statements.hasSubscribers) statements.publish(text)
    known.set(text, binding)
  }
  return binding
}

const TABLES = CORP_TABLES.join('|')
/** The name follow_type is a column's too: it is looked for where a list of tables may be. */
const STRAY = CORP_TABLES.filter((name) => name !== 'follow_type').join('|')
const CONDITION = '\\b(?:where|on|and)\\s+'
const END_OF_CONDITION =
  '(?=\\s*(?:$|\\)|(?:and|order|group|limit|offset|union|except|intersect|left|inner|cross|join|where|returning|having|for|on\\s+conflict)\\b))'

const TOKENS = new RegExp(
  [
    `'(?:[^']|'')*'`,
    '--[^\\n]*',
    '(?<forbidden>["`]|/\\*|\\b(?:right|full|only|using)\\b|\\b(?:main|temp|public)\\s*\\.)',
    '(?<moves>(?:\\bset|,)\\s*corp\\s*=|\\bset\\s*\\()',
    '(?<rows>\\bvalues\\s*\\([^()]*\\)\\s*,)',
    '(?<select>\\(\\s*select\\b)',
    '[()]',
    '(?<setOperation>\\b(?:union|except|intersect)\\b)',
    '(?<or>\\bor\\b(?!\\s+(?:replace|ignore|abort|fail|rollback)\\b))',
    // An INSERT names the company first, in its columns and in what it inserts. A SELECT has it from a table: of a bound value
    // Citus makes a COPY, which row-level security forbids.
    `(?<insert>\\binto\\s+(?:${TABLES})(?=\\s*\\(\\s*corp\\b[^()]*\\)\\s*(?:values\\s*\\(\\s*[?$]\\d*\\s*[,)]|select\\s+(?<source>\\w+)\\.corp\\s*(?:,|from\\b))))`,
    `(?<outerJoin>\\bleft\\s+join\\s+(?:corp|${TABLES})\\b(?:\\s+as)?(?:\\s+(?!on\\b)(?<joined>\\w+))?)`,
    // The shared table corp takes one of the equalities.
    '(?<corpTable>\\bjoin\\s+corp\\b)',
    `(?<table>\\b(?:from|join|into|update(?:\\s+or\\s+\\w+)?)\\s+(?:${TABLES})\\b(?!\\s*\\.))`,
    `(?<stray>\\b(?:${STRAY})\\b(?!\\s*\\.\\s*\\w)|,\\s*follow_type\\s+(?:as\\s+)?\\w+\\s+(?:where|on|join)\\b)`,
    `${CONDITION}(?<one>\\w+)\\.corp\\s*=\\s*(?<other>\\w+)\\.corp\\b${END_OF_CONDITION}`,
    `(?<bound>${CONDITION}(?:(?<name>\\w+)\\.)?corp\\s*=\\s*(?=(?:\\?|\\$\\d+)${END_OF_CONDITION}))`,
    '(?<where>\\bwhere\\b)',
    '(?<value>\\?|\\$\\d+)',
  ].join('|'),
  'gi',
)

/** Stands for the bound company among the names of tables. */
const BOUND = '?'

/** A SELECT, INSERT, UPDATE or DELETE, without those inside it. */
interface Scope {
  tables: number
  /** Whether it is an INSERT. */
  inserts: boolean
  /** Names of tables: the first has the company that the second, or BOUND, has. */
  equal: [string, string][]
  /** The table of an outer join, while its ON lasts: a condition there holds for this table alone. */
  joined: string | undefined
}

function readBinding(text: string): Binding {
  const positions: number[] = []
  const outer: Scope = { tables: 0, inserts: false, equal: [], joined: undefined }
  // Brackets of a list, a call or a condition belong to the scope around them.
  const brackets: (Scope | undefined)[] = [outer]
  let [tables, values, isCompany] = [0, 0, false]
  const end = (scope: Scope | undefined) => {
    if (scope && boundTables(scope.equal) < scope.tables) refuse('a table is not bound to a company', text)
  }
  for (const { 0: token, groups = {} } of text.matchAll(TOKENS)) {
    const scope = brackets.findLast((each) => each !== undefined) ?? outer
    // A condition in brackets is a part of another one.
    const isOwn = brackets.at(-1) !== undefined
    if (groups.forbidden) refuse('a name, a comment or a word that it does not read', text)
    else if (groups.moves) refuse('a row that would move to another company', text)
    else if (groups.rows) refuse('an INSERT of several rows', text)
    else if (groups.stray) refuse('a table in a place that it does not read', text)
    else if (groups.select) brackets.push({ tables: 0, inserts: false, equal: [], joined: undefined })
    else if (token === '(') brackets.push(undefined)
    else if (token === ')') end(brackets.pop())
    else if (groups.or && isOwn) refuse('OR beside the company', text)
    else if (groups.setOperation && isOwn) {
      if (scope.inserts) refuse('rows of several SELECTs', text)
      end(scope)
      Object.assign(scope, { tables: 0, inserts: false, equal: [], joined: undefined })
    } else if (groups.value) {
      const position = token === '?' ? values++ : Number(token.slice(1)) - 1
      if (isCompany) positions.push(position)
      isCompany = false
    } else {
      const { outerJoin, corpTable, insert, table, one, other = BOUND, bound, name = '' } = groups
      if (table || insert || (outerJoin && !/\bcorp\b/i.test(outerJoin))) tables++
      if (table || insert || outerJoin || corpTable) {
        scope.tables++
        scope.joined = outerJoin && (groups.joined ?? '')
      }
      if (/^where/i.test(token)) scope.joined = undefined
      // The table of an INSERT has no name.
      if (insert) {
        scope.inserts = true
        scope.equal.push([token, groups.source ?? BOUND])
      }
      const left = one ?? (bound && name)
      if (isOwn && left !== undefined && (scope.joined ?? left) === left) {
        scope.equal.push([left, other])
        if (scope.joined === undefined) scope.equal.push([other, left])
      }
      // The next value is the company.
      if ((insert && groups.source === undefined) || (isOwn && bound)) isCompany = true
    }
  }
  end(outer)
  if (brackets.length > 1) refuse('a bracket that is not closed', text)
  return { tables, positions }
}

/** How many tables have the bound company. */
function boundTables(equal: Scope['equal']): number {
  const bound = new Set([BOUND])
  for (let size = 0; size < bound.size; ) {
    size = bound.size
    for (const [one, other] of equal) if (bound.has(other)) bound.add(one)
  }
  return bound.size - 1
}

function refuse(why: string, text: string): never {
  throw new Error(`the tenant guard refuses a statement (${why}): ${text}`)
}
