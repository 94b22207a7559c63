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
  'call_window',
  'corp_state',
  'custom_field',
  'department',
  'follow',
  'follow_count',
  'follow_target',
  'follow_type',
  'follow_version',
  'staff',
  'staff_department',
  'target',
  'write_key',
]

/** The diagnostics channel on which each text is published when a process first sends it. */
export const STATEMENTS = 'genjin.store.statement'

/** Throws unless the statement is bound to this company. */
export function requireBoundToCorp(text: string, values: readonly unknown[], corp: number): void {
  for (const position of companyOf(text).positions) {
    if (values[position] !== corp) refuse('it is bound to another company', text)
  }
}

/** Throws when the statement touches a company's table: a transaction on shared tables is bound to no company. */
export function requireShared(text: string): void {
  if (companyOf(text).tables > 0) refuse('it is outside a company', text)
}

interface Company {
  /** How many times a company's table stands in the text. */
  readonly tables: number
  /** The positions of the bound values that hold the company, from 0. */
  readonly positions: readonly number[]
}

/** The store has some hundreds of texts. */
const known = new LRUCache<string, Company>({ max: 2_000 })
const statements = channel(STATEMENTS)

function companyOf(text: string): Company {
  let company = known.get(text)
  if (!company) {
    company = readCompany(text)
    if (statements.hasSubscribers) statements.publish(text)
    known.set(text, company)
  }
  return company
}

const TOKENS = new RegExp(
  [
    `'(?:[^']|'')*'`,
    '(?<forbidden>["`]|/\\*)',
    '(?<select>\\(\\s*select\\b)',
    '[()]',
    '(?<setOperation>\\b(?:union|except|intersect)\\b)',
    '(?<or>\\bor\\b(?!\\s+(?:replace|ignore|abort|fail|rollback)\\b))',
    // An INSERT names the company first, in its columns and in what it inserts.
    `(?<insert>\\binto\\s+(?:${CORP_TABLES.join('|')})(?=\\s*\\(\\s*corp\\b[^()]*\\)\\s*(?:values\\s*\\(|select\\b)\\s*[?$]))`,
    // The shared table corp takes one of the equalities.
    '(?<corpTable>\\bjoin\\s+corp\\b)',
    `(?<table>\\b(?:from|join|into|update)\\s+(?:${CORP_TABLES.join('|')})\\b)`,
    '(?<same>\\bcorp\\s*=\\s*\\w+\\.corp\\b)',
    '(?<bound>\\bcorp\\s*=\\s*(?=[?$]))',
    '(?<value>\\?|\\$\\d+)',
  ].join('|'),
  'gi',
)

/** A SELECT, INSERT, UPDATE or DELETE, without those inside it. */
interface Scope {
  tables: number
  /** Bound values and equalities between tables that are a table's company. */
  companies: number
  isBound: boolean
}

function readCompany(text: string): Company {
  const positions: number[] = []
  const outer: Scope = { tables: 0, companies: 0, isBound: false }
  // Brackets of a list, a call or a condition belong to the scope around them.
  const brackets: (Scope | undefined)[] = [outer]
  let [tables, values, isCompany, isUnbound] = [0, 0, false, false]
  const end = (scope: Scope | undefined) => {
    if (scope && scope.tables > 0 && !(scope.isBound && scope.companies >= scope.tables)) isUnbound = true
  }
  for (const { 0: token, groups = {} } of text.matchAll(TOKENS)) {
    const scope = brackets.findLast((each) => each !== undefined) ?? outer
    if (groups.forbidden) refuse('a quoted name or a comment', text)
    else if (groups.select) brackets.push({ tables: 0, companies: 0, isBound: false })
    else if (token === '(') brackets.push(undefined)
    else if (token === ')') end(brackets.pop())
    else if (groups.or && brackets.at(-1)) refuse('OR beside the company', text)
    else if (groups.setOperation && brackets.at(-1)) {
      end(scope)
      scope.tables = scope.companies = 0
      scope.isBound = false
    } else if (groups.value) {
      const position = token === '?' ? values++ : Number(token.slice(1)) - 1
      if (isCompany) positions.push(position)
      isCompany = false
    } else {
      if (groups.table || groups.insert) tables++
      if (groups.table || groups.insert || groups.corpTable) scope.tables++
      if (groups.insert || groups.bound || groups.same) scope.companies++
      // The next value is the company.
      if (groups.insert || groups.bound) scope.isBound = isCompany = true
    }
  }
  end(outer)
  if (isUnbound) refuse('a table is not bound to a company', text)
  return { tables, positions }
}

function refuse(why: string, text: string): never {
  throw new Error(`the tenant guard refuses a statement (${why}): ${text}`)
}
