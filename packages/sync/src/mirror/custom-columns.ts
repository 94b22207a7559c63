import { hash } from 'node:crypto'
import type { FieldType } from 'genjin-record'
import { type Converter, converterOf, KIND_OF } from './custom-values.ts'
import type { Cell, Column } from './engine.ts'
import type { FieldDefinition } from './mirror.ts'
import { BASE_COLUMNS } from './record-columns.ts'

/** A custom field that has a column. Text while it is not defined; unchanged after its definition was deleted. */
export interface CustomColumn {
  readonly key: string
  readonly column: string
  readonly type: FieldType
  /** null: never defined. */
  readonly name: string | null
  readonly options: FieldDefinition['options']
  /** It came with a record, before a definition. */
  readonly appeared: boolean
}

/**
 * Columns for defined fields (a company has at most 200, F3), and for keys that only records have. These counts never go
 * down, so a key that found no room finds none later: all rows have a value in its column, or none has.
 */
const MOST_DEFINED = 200
const MOST_APPEARED = 100

/** PostgreSQL cuts longer names. */
const NAME_BYTES = 63

const NO_COLUMNS = { appeared: [], added: [], retyped: [], renamed: [], rewritten: [] }

/** What has to be done for a layout to be in place of another. */
export interface LayoutChange {
  readonly layout: Layout
  readonly added: readonly CustomColumn[]
  readonly retyped: readonly CustomColumn[]
  readonly renamed: readonly CustomColumn[]
  /** Columns whose values must be computed again in all rows. */
  readonly rewritten: readonly CustomColumn[]
}

/** The custom fields that have columns. Never changed: a change makes another one. */
export class Layout {
  readonly columns: readonly CustomColumn[]
  readonly timeZone: string
  readonly #byKey: ReadonlyMap<string, number>
  readonly #converters: readonly Converter[]
  readonly #most: { readonly defined: number; readonly appeared: number }

  /** @param hasColumns false: custom fields are in `field_map` only */
  constructor(columns: readonly CustomColumn[], timeZone: string, hasColumns: boolean) {
    this.columns = columns
    this.timeZone = timeZone
    this.#most = hasColumns ? { defined: MOST_DEFINED, appeared: MOST_APPEARED } : { defined: 0, appeared: 0 }
    this.#byKey = new Map(columns.map(({ key }, index) => [key, index]))
    this.#converters = columns.map(({ type, options }) => converterOf(type, options, timeZone))
  }

  /** The values for `columns` of one record. */
  cells(fieldMap: Readonly<Record<string, unknown>>): Cell[] {
    const cells: Cell[] = new Array(this.columns.length).fill(null)
    for (const key of Object.keys(fieldMap)) {
      const index = this.#byKey.get(key)
      if (index !== undefined) cells[index] = (this.#converters[index] as Converter)(fieldMap[key])
    }
    return cells
  }

  /**
   * With columns for keys that have none, as far as there is room; itself when nothing is added.
   *
   * @param late keys that were promised a column: not added here, but they take room
   */
  withKeys(keys: Iterable<string>, late: ReadonlySet<string> = new Set()): LayoutChange {
    const more = this.#appearing(
      [...keys].filter((key) => !late.has(key)),
      late.size,
    )
    if (more.length === 0) return { ...NO_COLUMNS, layout: this }
    return this.#changed(this.columns, more, this.timeZone, false)
  }

  #appearing(keys: readonly string[], taken: number): CustomColumn[] {
    const room = this.#most.appeared - this.columns.filter(({ appeared }) => appeared).length - taken
    return keys
      .filter((key) => !this.#byKey.has(key))
      .slice(0, Math.max(0, room))
      .map((key) => ({ key, column: '', type: 'text', name: null, options: null, appeared: true }))
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /**
   * With these definitions.
   *
   * @param late keys of records that got no column when they appeared
   */
  defined(fields: readonly FieldDefinition[], timeZone: string, late: Iterable<string> = []): LayoutChange {
    const columns = [...this.columns]
    const added: CustomColumn[] = []
    let room = this.#most.defined - columns.filter(({ appeared }) => !appeared).length
    for (const { key, name, type, options } of fields) {
      const index = this.#byKey.get(key)
      const present = index === undefined ? undefined : columns[index]
      if (index !== undefined && present) columns[index] = { ...present, name, type, options }
      else if (room-- > 0) added.push({ key, column: '', name, type, options, appeared: false })
    }
    const keys = new Set(added.map(({ key }) => key))
    added.push(
      ...this.#appearing(
        [...late].filter((key) => !keys.has(key)),
        0,
      ),
    )
    return this.#changed(columns, added, timeZone, true)
  }

  /** This one, with the columns of these keys as another one has them. */
  except(keys: ReadonlySet<string>, was: Layout): Layout {
    if (keys.size === 0) return this
    const columns = this.columns.flatMap((column) => {
      if (!keys.has(column.key)) return [column]
      return was.columns.filter(({ key }) => key === column.key)
    })
    return new Layout(columns, this.timeZone, this.#most.defined > 0)
  }

  /** @param isInRows whether rows can have values for what is added: a key that appears now is in no row yet */
  #changed(
    columns: readonly CustomColumn[],
    unnamed: readonly CustomColumn[],
    timeZone: string,
    isInRows: boolean,
  ): LayoutChange {
    const added = withNames(columns, unnamed)
    const layout = new Layout([...columns, ...added], timeZone, this.#most.defined > 0)
    const differing = (differs: (now: CustomColumn, was: CustomColumn) => boolean) =>
      columns.filter((column, index) => differs(column, this.columns[index] as CustomColumn))
    return {
      layout,
      added,
      retyped: differing((now, was) => KIND_OF[now.type] !== KIND_OF[was.type]),
      renamed: differing((now, was) => now.name !== was.name),
      rewritten: [
        ...differing(
          (now, was) =>
            now.type !== was.type ||
            JSON.stringify(now.options) !== JSON.stringify(was.options) ||
            (now.type === 'datetime' && timeZone !== this.timeZone),
        ),
        ...(isInRows ? added : []),
      ],
    }
  }
}

export function isUnchanged(change: LayoutChange, was: Layout): boolean {
  const { layout, added, retyped, renamed, rewritten } = change
  const changes = [added, retyped, renamed, rewritten]
  return layout.timeZone === was.timeZone && changes.every((list) => list.length === 0)
}

export function columnOf({ key, column, type, name }: CustomColumn): Column {
  const comment = `自定义字段 ${name === null ? key : `${name}（${key}）`}`.replaceAll('\0', '')
  return { name: column, kind: KIND_OF[type], comment }
}

/** Names for columns that have none yet: `field_` and the key, unless that is too long or taken. */
function withNames(columns: readonly CustomColumn[], unnamed: readonly CustomColumn[]): CustomColumn[] {
  const taken = new Set(
    [...BASE_COLUMNS.map(({ name }) => name), ...columns.map(({ column }) => column)].map(folded),
  )
  return unnamed.map((column) => {
    const name = freeName(column.key, taken)
    taken.add(folded(name))
    return { ...column, column: name }
  })
}

function freeName(key: string, taken: ReadonlySet<string>): string {
  const plain = `field_${key}`.replaceAll('\0', '')
  if (Buffer.byteLength(plain) <= NAME_BYTES && !taken.has(folded(plain))) return plain
  for (let salt = 0; ; salt++) {
    const suffix = `_${hash('sha256', `${salt} ${key}`, 'hex').slice(0, 8)}`
    // As many whole characters as fit.
    const { read } = new TextEncoder().encodeInto(plain, new Uint8Array(NAME_BYTES - suffix.length))
    const name = plain.slice(0, read) + suffix
    if (!taken.has(folded(name))) return name
  }
}

/** SQLite holds names for the same that differ in the case of ASCII letters only. */
function folded(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
