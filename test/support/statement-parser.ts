import { CORP_TABLES } from '../../packages/server/src/store/tenant-guard.ts'

/**
 * A parser of the store's SQL that proves a statement bound to a company: every SELECT, INSERT, UPDATE and DELETE in it
 * binds each company's table by a condition of its own. Stricter than the tenant guard, and too slow for it; it reads
 * every statement that the suite sends (see check-statements.ts).
 */

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
  /** The first name's company is that of the second. */
  readonly same: [string, string][]
  /** `corp = ?` without a name before it. */
  unnamed: boolean
  /** The part of the statement that is being read. */
  clause: 'from' | 'on' | 'where' | 'set' | 'other'
  /** The table that the present ON is of, and whether it may be missing: a condition there keeps no other row out. */
  joined: { readonly name: string; readonly left: boolean } | undefined
}

const TABLES = new Set(CORP_TABLES)
const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const BEFORE_TABLE = words('from join into update analyze')
const NOT_AN_ALIAS = words(
  'where set on join left cross inner order group limit union values select using returning natural',
)
const BEFORE_CONDITION = words('where on and')
const AFTER_CONDITION = words(
  'and order group limit offset union except intersect left inner cross join where returning having for )',
)
const OTHER_CLAUSES = words('select order group having limit returning values conflict')

/** A table's name that is a column's too. */
const ALSO_COLUMN = 'follow_type'

/** The positions of the bound values that hold the company, from 0. Throws unless every company's table is bound by one. */
export function corpParameters(text: string): number[] {
  const reader = new StatementReader(text)
  reader.read()
  return reader.parameters
}

class StatementReader {
  readonly parameters: number[] = []
  readonly #text: string
  readonly #tokens: readonly Token[]
  /** The brackets that are open: those of a SELECT have a scope of their own. */
  readonly #brackets: { readonly around: Scope; readonly select: boolean }[] = []
  #scope = scopeIn(undefined)

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  read(): void {
    for (let at = 0; at < this.#tokens.length; at++) this.#step(at)
    if (this.#brackets.length > 0) this.#refuse('a bracket that is not closed')
    this.#endScope()
  }

  #refuse(why: string): never {
    throw new Error(`not bound to a company (${why}): ${this.#text}`)
  }

  #word(at: number): string {
    return this.#tokens[at]?.text ?? ''
  }

  /** Not in the brackets of a list, a call or a condition. */
  #directly(): boolean {
    return this.#brackets.at(-1)?.select ?? true
  }

  #step(at: number): void {
    const word = this.#word(at)
    if (word === '(') this.#open(at)
    else if (word === ')') this.#close()
    else if (word === '"' || word === '`' || (word === '/' && this.#word(at + 1) === '*')) {
      this.#refuse('a quoted name or a comment')
    } else if (TABLES.has(word)) this.#tableName(at)
    else if (this.#directly()) this.#stepDirectly(at, word)
  }

  #stepDirectly(at: number, word: string): void {
    const scope = this.#scope
    if (word === 'union' || word === 'except' || word === 'intersect') {
      this.#endScope()
      this.#scope = scopeIn(scope.outer)
    } else if (word === 'or') {
      this.#refuse('OR beside the company')
    } else if (word === ',' && (scope.clause === 'from' || scope.clause === 'on')) {
      this.#refuse('a join by comma')
    } else if (word === 'from' || word === 'join') {
      scope.clause = 'from'
    } else if (word === 'on' || word === 'where' || word === 'set') {
      scope.clause = word
    } else if (OTHER_CLAUSES.has(word)) {
      scope.clause = 'other'
    } else if (word === 'corp' && this.#word(at + 1) === '=') {
      if (scope.clause === 'set') this.#refuse('a row that would move to another company')
      if (scope.clause === 'where' || scope.clause === 'on') this.#companyEquality(at)
    }
  }

  #open(at: number): void {
    const select = this.#word(at + 1) === 'select'
    this.#brackets.push({ around: this.#scope, select })
    if (select) this.#scope = scopeIn(this.#scope)
  }

  #close(): void {
    const bracket = this.#brackets.pop() ?? this.#refuse('a bracket that closes nothing')
    if (bracket.select) this.#endScope()
    this.#scope = bracket.around
  }

  /** `FROM follow f`, `JOIN follow AS f`, `INTO follow (corp, …`; `follow.id`; `f.follow_type`. */
  #tableName(at: number): void {
    const before = this.#word(at - 1)
    if (BEFORE_TABLE.has(before) && this.#directly()) {
      this.#table(at)
      if (before === 'into') this.#insertParameter(at)
      return
    }
    if (this.#word(at + 1) === '.' && this.#scope.tables.has(this.#word(at))) return
    if (this.#word(at) !== ALSO_COLUMN || this.#isInTablesPlace(before === '.' ? at - 3 : at - 1)) {
      this.#refuse('a table in a place that is not understood')
    }
  }

  /** Whether what follows the word at `at` would be a table: `FROM public.follow_type`, `FROM corp c, follow_type`. */
  #isInTablesPlace(at: number): boolean {
    const word = this.#word(at)
    return BEFORE_TABLE.has(word) || word === 'only' || (word === ',' && this.#scope.clause === 'from')
  }

  #table(at: number): void {
    const table = this.#word(at)
    const as = this.#word(at + 1) === 'as' ? at + 2 : at + 1
    const hasAlias = /^[a-z_]\w*$/.test(this.#word(as)) && !NOT_AN_ALIAS.has(this.#word(as))
    const name = hasAlias ? this.#word(as) : table
    const left = ['left', 'outer', 'right', 'full'].includes(this.#word(at - 2))
    this.#scope.tables.set(name, table)
    this.#scope.joined = { name, left }
    // Statistics are of all companies, and show none of them.
    if (this.#word(at - 1) === 'analyze') this.#scope.bound.add(name)
  }

  /** `INSERT INTO table (corp, …) VALUES (?`, `… SELECT ?` or `… SELECT s.corp,`: the first column is the company. */
  #insertParameter(at: number): void {
    if (this.#word(at + 1) !== '(' || this.#word(at + 2) !== 'corp') {
      this.#refuse('an INSERT that does not begin with corp')
    }
    const values = this.#afterBracket(at + 1)
    const [select, source, dot, column, after] = [0, 1, 2, 3, 4].map((step) => this.#word(values + step))
    if (select === 'select' && dot === '.' && column === 'corp' && (after === ',' || after === 'from')) {
      // It has the company of a table that must be bound itself.
      this.#scope.same.push([this.#word(at), source as string])
      return
    }
    const inList = this.#word(values) === 'values' && this.#word(values + 1) === '('
    const parameter = this.#tokens[inList ? values + 2 : values + 1]?.parameter
    if ((!inList && this.#word(values) !== 'select') || parameter === undefined) {
      this.#refuse('an INSERT whose company is no parameter')
    }
    if (inList && this.#word(this.#afterBracket(values + 1)) === ',')
      this.#refuse('an INSERT of several rows')
    this.parameters.push(parameter as number)
    this.#scope.bound.add(this.#word(at))
  }

  /** The place after the bracket that opens at `at`. */
  #afterBracket(at: number): number {
    let depth = 0
    for (let end = at; end < this.#tokens.length; end++) {
      if (this.#word(end) === '(') depth++
      if (this.#word(end) === ')' && --depth === 0) return end + 1
    }
    return this.#refuse('a bracket that is not closed')
  }

  /** `corp = ?`, `f.corp = ?`, `m.corp = f.corp`, as a condition of its own. */
  #companyEquality(at: number): void {
    const { clause, joined, bound, same } = this.#scope
    const named = this.#word(at - 1) === '.'
    if (!BEFORE_CONDITION.has(this.#word(named ? at - 3 : at - 1))) return
    const name = named ? this.#word(at - 2) : undefined
    // In the ON of a table that may be missing, a condition holds for that table alone.
    const alone = clause === 'on' && joined?.left ? joined.name : undefined
    const parameter = this.#tokens[at + 2]?.parameter
    if (parameter !== undefined) {
      if (!this.#endsCondition(at + 3)) return
      this.parameters.push(parameter)
      if (alone !== undefined && name !== alone) return
      if (name === undefined) this.#scope.unnamed = true
      else bound.add(name)
    } else if (this.#word(at + 3) === '.' && this.#word(at + 4) === 'corp' && this.#endsCondition(at + 5)) {
      if (name === undefined) return
      const other = this.#word(at + 2)
      if (alone !== other) same.push([name, other])
      if (alone !== name) same.push([other, name])
    }
  }

  #endsCondition(at: number): boolean {
    const isConflict = this.#word(at) === 'on' && this.#word(at + 1) === 'conflict'
    return at >= this.#tokens.length || isConflict || AFTER_CONDITION.has(this.#word(at))
  }

  #endScope(): void {
    const { tables, bound, same, unnamed } = this.#scope
    if (unnamed && tables.size > 1) this.#refuse('corp without saying of which table')
    if (unnamed) for (const [name] of tables) bound.add(name)
    for (let size = -1; size !== bound.size; ) {
      size = bound.size
      for (const [one, other] of same) if (isBound(this.#scope, other)) bound.add(one)
    }
    for (const [name, table] of tables) {
      if (!bound.has(name)) this.#refuse(`${table} is not bound to a company`)
    }
  }
}

function scopeIn(outer: Scope | undefined): Scope {
  return {
    outer,
    tables: new Map(),
    bound: new Set(),
    same: [],
    unnamed: false,
    clause: 'other',
    joined: undefined,
  }
}

/** Whether the nearest table of this name is bound. */
function isBound(scope: Scope | undefined, name: string): boolean {
  if (!scope) return false
  return scope.bound.has(name) || (!scope.tables.has(name) && isBound(scope.outer, name))
}

/** Words in lower case, punctuation one by one, placeholders with their position; texts and comments left out. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let parameter = 0
  const plain = text.replace(/\b(insert|update) or \w+/gi, '$1')
  for (const [word] of plain.matchAll(/'(?:[^']|'')*'|--[^\n]*|\$\d+|[A-Za-z_]\w*|\d+|[^\s]/g)) {
    if (word.startsWith("'") || word.startsWith('--')) continue
    if (word === '?') tokens.push({ text: word, parameter: parameter++ })
    else if (word.startsWith('$')) tokens.push({ text: '?', parameter: Number(word.slice(1)) - 1 })
    else tokens.push({ text: word.toLowerCase() })
  }
  return tokens
}
