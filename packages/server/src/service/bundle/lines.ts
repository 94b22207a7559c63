import {
  BUNDLE_LINE_BYTES,
  BUNDLE_LINES,
  BUNDLE_RECORD_BYTES,
  type BundleKind,
  type BundleLine,
  type FollowLine,
} from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { JsonError, parseJson } from '../../json.ts'
import type { FollowRow } from '../../store/follow/row.ts'
import { followRow, recordBytes } from '../follow/record.ts'
import { readerOf } from '../read-value.ts'

/** A line as it is imported: of a follow-up the record as it will be stored, and the name of its follow type. */
export type Entry =
  | Exclude<BundleLine, { kind: 'follow' }>
  | { readonly kind: 'follow'; readonly row: FollowRow; readonly typeName: string | undefined }

/** Why a line cannot be imported. */
export interface Problem {
  readonly field: string | null
  readonly reason: string
}

/** A line that has been read. Plain values only, which another thread receives as they are: no exact number is left in it. */
export interface ReadLine {
  /** From 1. */
  readonly number: number
  /** Its length; of one that is too long, the longest that a line may be. */
  readonly bytes: number
  readonly result: { readonly entry: Entry } | { readonly problem: Problem }
}

/** Where a reader has come to, so that another can continue. */
export interface ReaderState {
  readonly lines: number
  /** The beginning of the next line, unless it is too long already, and its length. */
  readonly kept: Uint8Array
  readonly keptBytes: number
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** Splits a bundle into lines and reads them, in memory that does not grow with the bundle. Empty lines are left out. */
export class LineReader {
  #lines: number
  #kept: Uint8Array[]
  #keptBytes: number

  constructor(state: ReaderState = { lines: 0, kept: new Uint8Array(), keptBytes: 0 }) {
    this.#lines = state.lines
    this.#kept = [state.kept]
    this.#keptBytes = state.keptBytes
  }

  /** Lines so far, empty ones included. */
  get lines(): number {
    return this.#lines
  }

  /** Only between two chunks. */
  get state(): ReaderState {
    return { lines: this.#lines, kept: Buffer.concat(this.#kept), keptBytes: this.#keptBytes }
  }

  /** Reads the lines that end in a chunk, each when it is asked for. All of them must be, before the next chunk. */
  *read(chunk: Buffer): Generator<ReadLine> {
    let start = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      const line = this.#take(chunk.subarray(start, at))
      if (line) yield line
      start = at + 1
    }
    const rest = chunk.subarray(start)
    this.#keptBytes += rest.length
    // The rest of a line that is too long is counted, not kept.
    if (this.#keptBytes <= BUNDLE_LINE_BYTES) this.#kept.push(Buffer.from(rest))
    else this.#kept = []
  }

  /** Reads the last line, when no line end follows it. */
  *end(): Generator<ReadLine> {
    const line = this.#keptBytes > 0 ? this.#take(Buffer.alloc(0)) : undefined
    if (line) yield line
  }

  #take(end: Buffer): ReadLine | undefined {
    const number = ++this.#lines
    const tooLong = this.#keptBytes + end.length > BUNDLE_LINE_BYTES
    const bytes = tooLong
      ? undefined
      : trimmed(this.#keptBytes > 0 ? Buffer.concat([...this.#kept, end]) : end)
    this.#kept = []
    this.#keptBytes = 0
    if (bytes?.length === 0) return undefined
    return { number, bytes: bytes?.length ?? BUNDLE_LINE_BYTES, result: resultOf(bytes) }
  }
}

function trimmed(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line
}

function resultOf(bytes: Buffer | undefined): ReadLine['result'] {
  try {
    return { entry: entryOf(bytes) }
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

/** What is wrong with a line. Throws any other error again. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof ServiceError || error instanceof JsonError)) throw error
  return { field: error.field ?? null, reason: error.message }
}

const READERS = Object.fromEntries(
  Object.entries(BUNDLE_LINES).map(([kind, schema]) => [kind, readerOf(schema, { emptyIsAbsent: false })]),
) as Record<BundleKind, (value: unknown) => object>

function entryOf(bytes: Buffer | undefined): Entry {
  if (!bytes) {
    throw new ServiceError('paramRange', `本行超过 ${BUNDLE_LINE_BYTES / 1024 / 1024} MiB`)
  }
  const value = parseJson(bytes)
  const kind = (value as { kind?: unknown } | null)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(READERS, kind)) {
    throw new ServiceError('paramInvalid', `kind 须为 ${Object.keys(READERS).join('、')} 之一`, {
      field: 'kind',
    })
  }
  const line = { kind, ...READERS[kind as BundleKind](value) } as BundleLine
  return line.kind === 'follow' ? { kind: 'follow', row: rowOf(line), typeName: line.follow_type_desc } : line
}

function rowOf(line: FollowLine): FollowRow {
  const createTime = line.create_time ?? line.follow_time
  const row = followRow({
    ...line,
    system: line.system ?? false,
    create_time: createTime,
    update_time: line.update_time ?? createTime,
  })
  const bytes = recordBytes(row)
  if (bytes > BUNDLE_RECORD_BYTES) {
    throw new ServiceError('paramRange', `记录长 ${bytes} 字节，最多 ${BUNDLE_RECORD_BYTES} 字节`)
  }
  return row
}
