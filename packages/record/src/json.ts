/** A number's own text, as JSON.rawJSON makes it; it stringifies to the same text. */
export interface RawNumber {
  readonly rawJSON: string
}

const json = JSON as unknown as {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

/** Undefined in runtimes without JSON.rawJSON (Node before 22). */
export const isRawNumber = json.isRawJSON

/** A number that stringifies to this text. Throws SyntaxError when the text is no JSON primitive. */
export const rawNumber = json.rawJSON

/**
 * JSON.parse without loss (C6): a number that a double would change (an integer above 2^53, a long decimal, 1.0, 1e3) is
 * returned as a RawNumber with its source text. Throws SyntaxError on anything that is not JSON.
 */
export function parseExact(text: string): unknown {
  return parseInPieces(text, Number.POSITIVE_INFINITY)
}

/**
 * `parseExact` for a page of records. Each record is parsed by itself, so that a page full of long ids is never copied as a
 * whole.
 */
export function parseExactPage(text: string): unknown {
  return parseInPieces(text, DEPTH_OF_RECORDS)
}

/** `{"data":{"records":[{`. */
const DEPTH_OF_RECORDS = 4

/**
 * A number that a double may change, wherever a number may stand: 16 digits, a fraction, an exponent or -0. A text without
 * any goes to JSON.parse as it is, which takes a sixth of the time.
 */
const INEXACT = /(?:^|[:,[])\s*(?:-0|-?\d(?:\d{15}|\d*[.eE]))/

function parseInPieces(text: string, depthOfPieces: number): unknown {
  if (!INEXACT.test(text)) return JSON.parse(text)
  try {
    return parseMarked(text, depthOfPieces)
  } catch (error) {
    // Its position is one in the marked text: the plain parser reports that in the caller's.
    JSON.parse(text)
    throw error
  }
}

/**
 * Puts marks where JSON.parse would lose digits, and values where it found marks. A reviver that is told the source of each
 * number does the same, in three times the time and with much more garbage.
 */
function parseMarked(text: string, depthOfPieces: number): unknown {
  const mark = markFor(text)
  const whole = new Marked(text, 0, mark)
  const pieces: unknown[] = []
  let piece: Marked | undefined
  let depth = 0
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at)
    } else if ((code >= ZERO && code <= NINE) || code === MINUS) {
      const end = endOfNumber(text, at)
      if (isChanged(text, at, end)) (piece ?? whole).replace(at, end, text.slice(at, end))
      at = end
    } else {
      at++
      if (code === OPEN || code === OPEN_LIST) {
        depth++
        if (depth === depthOfPieces && code === OPEN) piece = new Marked(text, at - 1, mark)
      } else if (code === CLOSE || code === CLOSE_LIST) {
        if (depth === depthOfPieces && piece) {
          whole.replace(piece.start, at, PIECE + pieces.length)
          pieces.push(piece.parse(at, []))
          piece = undefined
        }
        depth--
      }
    }
  }
  return whole.parse(text.length, pieces)
}

const [QUOTE, MINUS, ZERO, NINE, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [
  0x22, 0x2d, 0x30, 0x39, 0x7b, 0x7d, 0x5b, 0x5d,
]

/** Begins a mark that stands for a piece; the others are the text of a number. */
const PIECE = '#'

/**
 * A marker that does not occur in the text. It is made of escapes of control characters, which JSON can write in no other
 * way, so that it is in none of its strings either; and random, so that no input can be crafted against it.
 */
function markFor(text: string): string {
  let mark = '\\u0000'
  while (text.includes(mark)) mark = Array.from({ length: 8 }, controlCharacter).join('')
  return mark
}

/** One of U+0000 to U+0007 and U+0010 to U+0017. */
function controlCharacter(): string {
  const number = Math.floor(Math.random() * 16)
  return `\\u00${number >> 3}${number & 7}`
}

/** A part of a text, with marks. */
class Marked {
  readonly start: number
  readonly #text: string
  readonly #mark: string
  readonly #parts: string[] = []
  #taken: number

  constructor(text: string, start: number, mark: string) {
    this.start = start
    this.#text = text
    this.#mark = mark
    this.#taken = start
  }

  /** Replaces a value by a list with its mark: a list can stand wherever a value can, but not as a key. */
  replace(from: number, to: number, by: string): void {
    this.#parts.push(this.#text.slice(this.#taken, from), '["', this.#mark, by, '"]')
    this.#taken = to
  }

  parse(end: number, pieces: readonly unknown[]): unknown {
    const rest = this.#text.slice(this.#taken, end)
    if (this.#parts.length === 0) return JSON.parse(rest)
    this.#parts.push(rest)
    return unmarked(JSON.parse(this.#parts.join('')), JSON.parse(`"${this.#mark}"`), pieces)
  }
}

function unmarked(value: unknown, mark: string, pieces: readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const first: unknown = value[0]
    if (typeof first === 'string' && first.startsWith(mark)) {
      const by = first.slice(mark.length)
      return by.startsWith(PIECE) ? pieces[Number(by.slice(PIECE.length))] : json.rawJSON(by)
    }
    for (let index = 0; index < value.length; index++) value[index] = unmarked(value[index], mark, pieces)
    return value
  }
  const record = value as Record<string, unknown>
  for (const key in record) {
    const inner = record[key]
    const exact = unmarked(inner, mark, pieces)
    if (exact !== inner) record[key] = exact
  }
  return record
}

/** Behind the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote > 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0
    while (text[quote - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return quote + 1
  }
  return text.length
}

/** Behind the number; behind the minus sign when no number follows, which JSON.parse refuses. */
function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start
  return NUMBER.test(text) ? NUMBER.lastIndex : start + 1
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Whether a double does not hold the number to the digit. */
function isChanged(text: string, start: number, end: number): boolean {
  SHORT.lastIndex = start
  if (SHORT.test(text) && SHORT.lastIndex === end) return false
  const source = text.slice(start, end)
  const value = Number(source)
  return (String(value) !== source || Math.abs(value) > Number.MAX_SAFE_INTEGER) && source !== '-'
}

/** What most numbers are; they are left alone without being copied. */
const SHORT = /0|-?[1-9]\d{0,14}/y

/** JSON.stringify that writes bigints as bare numbers. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry) =>
    typeof entry === 'bigint' ? json.rawJSON(String(entry)) : entry,
  )
}

/** An int64 as the wire has it, bare digits, whether it was read as text, bigint or number. Other values are returned as they are. */
export function bareInteger(value: unknown): unknown {
  if (typeof value === 'string') return json.rawJSON(String(BigInt(value)))
  return typeof value === 'bigint' ? json.rawJSON(String(value)) : value
}

/** The text of a number, however it was read. */
export function numberText(value: unknown): string {
  return isRawNumber(value) ? value.rawJSON : String(value)
}
