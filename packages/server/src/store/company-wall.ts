/**
 * The wall between companies, in front of both engines: a statement that touches a company's table without being bound to
 * the transaction's company is refused before the database sees it (C10). The same condition makes a statement one that
 * Citus can send to a single machine. A statement's text is looked at once, the bound values every time.
 */

/** The tables that belong to companies: each row to exactly one. All others are shared. */
export const COMPANY_TABLES: readonly string[] = [
  'app',
  'call_window',
  'corp_state',
  'custom_field',
  'department',
  'follow',
  'follow_target',
  'follow_type',
  'staff',
  'staff_department',
  'target',
  'write_key',
]

/** Throws unless every company table in the statement is bound to this company. */
export function requireCompany(text: string, values: readonly unknown[], corp: number): void {
  for (const position of companyParameters(text)) {
    if (values[position] !== corp) throw new Error(`a statement is bound to another company: ${text}`)
  }
}

/** Throws when the statement touches a company's table: in a transaction of no company there is nothing to see. */
export function requireShared(text: string): void {
  if (companyParameters(text).length > 0) {
    throw new Error(`a statement on a company's table outside a company: ${text}`)
  }
}

const known = new Map<string, readonly number[]>()

/** Texts remembered; the store has some hundreds of them. */
const KNOWN = 2_000

/**
 * Positions of the parameters that hold the company, from 0; none when the statement touches no company's table. Throws
 * when a company's table is not bound by one.
 */
export function companyParameters(text: string): readonly number[] {
  let parameters = known.get(text)
  if (!parameters) {
    parameters = findParameters(text)
    if (known.size >= KNOWN) known.clear()
    known.set(text, parameters)
  }
  return parameters
}

interface Token {
  readonly text: string
  /** Position of the bound value, where the token is a placeholder. */
  readonly parameter?: number
}

/** One SELECT, INSERT, UPDATE or DELETE, without those inside it. */
interface Scope {
  readonly outer: Scope | undefined
  /** Name under which a company's table is known here → the table. */
  readonly tables: Map<string, string>
  /** Names whose company is a parameter. */
  readonly bound: Set<string>
  /** Names whose company is that of another name. */
  readonly same: [string, string][]
  /** `corp = ?` without a name before it: how many. */
  unnamed: number
}

const TABLES = new Set(COMPANY_TABLES)
const BEFORE_TABLE = new Set(['from', 'join', 'into', 'update'])
const NOT_AN_ALIAS = new Set(
  'where set on join left cross inner order group limit union values select using returning natural'.split(
    ' ',
  ),
)

function findParameters(text: string): number[] {
  const tokens = tokensOf(text)
  const parameters: number[] = []
  const refuse = (why: string): never => {
    throw new Error(`the wall between companies refuses a statement (${why}): ${text}`)
  }
  /** The brackets that are open: those of a SELECT have a scope of their own. */
  const brackets: { readonly around: Scope; readonly select: boolean }[] = []
  const directly = () => brackets.at(-1)?.select ?? true
  let scope = scopeIn(undefined)
  /** Between SET and WHERE, where `corp = ?` would move a row to another company. */
  let assigning = false
  for (let at = 0; at < tokens.length; at++) {
    const { text: word } = tokens[at] as Token
    const following = tokens[at + 1]?.text ?? ''
    if (word === '(') {
      const select = following === 'select'
      brackets.push({ around: scope, select })
      if (select) scope = scopeIn(scope)
    } else if (word === ')') {
      const bracket = brackets.pop() ?? refuse('a bracket that closes nothing')
      if (bracket.select) checkScope(scope, refuse)
      scope = bracket.around
    } else if (word === 'union' || word === 'except' || word === 'intersect') {
      checkScope(scope, refuse)
      scope = scopeIn(scope.outer)
    } else if (word === 'or' && directly()) {
      refuse('OR beside the company')
    } else if (BEFORE_TABLE.has(word) && TABLES.has(following)) {
      tableIn(tokens, at + 1, scope, refuse)
      if (word === 'into') insertParameter(tokens, at, scope, parameters, refuse)
    } else if (word === 'set' || word === 'where') {
      assigning = word === 'set'
    } else if (word === 'corp' && following === '=' && assigning) {
      refuse('a row that would move to another company')
    } else if (word === 'corp' && following === '=' && directly()) {
      companyEquality(tokens, at, scope, parameters)
    }
  }
  if (brackets.length > 0) refuse('a bracket that is not closed')
  checkScope(scope, refuse)
  return parameters
}

function scopeIn(outer: Scope | undefined): Scope {
  return { outer, tables: new Map(), bound: new Set(), same: [], unnamed: 0 }
}

/** `follow`, `follow f`, `follow AS f`. */
function tableIn(tokens: readonly Token[], at: number, scope: Scope, refuse: (why: string) => never): void {
  const table = tokens[at]?.text as string
  const as = tokens[at + 1]?.text === 'as' ? at + 2 : at + 1
  const word = tokens[as]?.text ?? ''
  const hasAlias = /^[a-z_]\w*$/.test(word) && !NOT_AN_ALIAS.has(word)
  if (tokens[hasAlias ? as + 1 : at + 1]?.text === ',') refuse('a join by comma')
  scope.tables.set(hasAlias ? word : table, table)
}

/** `INSERT INTO table (corp, …) VALUES (?` or `… SELECT ?`: the first column is the company. */
function insertParameter(
  tokens: readonly Token[],
  at: number,
  scope: Scope,
  parameters: number[],
  refuse: (why: string) => never,
): void {
  if (tokens[at + 2]?.text !== '(' || tokens[at + 3]?.text !== 'corp')
    refuse('an INSERT that does not begin with corp')
  let end = at + 3
  while (tokens[end] && tokens[end]?.text !== ')') end++
  const values = tokens[end + 1]?.text
  const first = values === 'values' && tokens[end + 2]?.text === '(' ? tokens[end + 3] : tokens[end + 2]
  if ((values !== 'values' && values !== 'select') || first?.parameter === undefined) {
    refuse('an INSERT whose company is no parameter')
  }
  parameters.push((first as Required<Token>).parameter)
  scope.bound.add(tokens[at + 1]?.text as string)
}

/** `corp = ?`, `f.corp = ?`, `m.corp = f.corp`. */
function companyEquality(tokens: readonly Token[], at: number, scope: Scope, parameters: number[]): void {
  const name = tokens[at - 1]?.text === '.' ? (tokens[at - 2]?.text as string) : undefined
  const value = tokens[at + 2]
  if (value?.parameter !== undefined) {
    parameters.push(value.parameter)
    if (name === undefined) scope.unnamed++
    else scope.bound.add(name)
  } else if (name !== undefined && tokens[at + 3]?.text === '.' && tokens[at + 4]?.text === 'corp') {
    scope.same.push([name, value?.text as string])
  }
}

function checkScope(scope: Scope, refuse: (why: string) => never): void {
  const { tables, bound, same, unnamed } = scope
  if (unnamed > 0 && tables.size > 1) refuse('corp without saying of which table')
  for (const [name] of tables) if (unnamed > 0) bound.add(name)
  for (let more = true; more; ) {
    more = false
    for (const [a, b] of same) {
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        if (isBound(scope, other) && !bound.has(one)) {
          bound.add(one)
          more = true
        }
      }
    }
  }
  for (const [name, table] of tables) if (!isBound(scope, name)) refuse(`${table} is not bound to a company`)
}

function isBound(scope: Scope | undefined, name: string): boolean {
  return scope !== undefined && (scope.bound.has(name) || isBound(scope.outer, name))
}

/** Words in lower case, punctuation one by one, placeholders with their position; texts and comments left out. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let parameter = 0
  for (const [word] of text.matchAll(/'(?:[^']|'')*'|--[^\n]*|\$\d+|[A-Za-z_]\w*|\d+|[^\s]/g)) {
    if (word.startsWith("'") || word.startsWith('--')) continue
    if (word === '?') tokens.push({ text: word, parameter: parameter++ })
    else if (word.startsWith('$')) tokens.push({ text: '?', parameter: Number(word.slice(1)) - 1 })
    else tokens.push({ text: word.toLowerCase() })
  }
  return tokens
}
