/** What JSON.rawJSON makes: a number's own text, which stringifies to the same text. */
export interface RawNumber {
  readonly rawJSON: string
}

const json = JSON as unknown as {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

export const isRawNumber = json.isRawJSON

/**
 * JSON.parse that loses nothing: a number that a double would change (an id above 2^53, a long decimal, 1.0) is kept as
 * JSON.rawJSON with its own text, `String(value.rawJSON)`. Throws SyntaxError on what is not JSON.
 */
export function parseExact(text: string): unknown {
  return parseMarked(text, Number.POSITIVE_INFINITY)
}

/** The same for an answer with many records, each of which is parsed by itself: what is written anew stays small. */
export function parseExactAnswer(text: string): unknown {
  return parseMarked(text, DEPTH_OF_RECORDS)
}

/** `{"data":{"records":[{`. */
const DEPTH_OF_RECORDS = 4

/**
 * What JSON.parse would spoil is replaced by a mark, and the mark by the value afterwards. (A reviver that is told the source
 * of numbers does so too, in three times the time and with much garbage.)
 */
function parseMarked(text: string, alone: number): unknown {
  const pieces: unknown[] = []
  const mark = markFor(text)
  const whole = new Marked(text, 0, mark)
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
      if (code === OPEN_LIST || code === OPEN) {
        if (++depth === alone && code === OPEN) piece = new Marked(text, at - 1, mark)
      } else if (code === CLOSE_LIST || code === CLOSE) {
        if (depth-- === alone && piece) {
          whole.replace(piece.start, at, `#${pieces.push(piece.parse(at, [])) - 1}`)
          piece = undefined
        }
      }
    }
  }
  return whole.parse(text.length, pieces)
}

/** A part of a text with marks instead of what was replaced. */
class Marked {
  readonly #text: string
  readonly #mark: string
  readonly start: number
  #copied: number
  #marked = ''

  constructor(text: string, start: number, mark: string) {
    this.#text = text
    this.#mark = mark
    this.start = start
    this.#copied = start
  }

  /** A list stands where any value can, and not as a key. */
  replace(from: number, to: number, by: string): void {
    this.#marked += `${this.#text.slice(this.#copied, from)}["${this.#mark}${by}"]`
    this.#copied = to
  }

  parse(end: number, pieces: readonly unknown[]): unknown {
    const parsed: unknown = JSON.parse(this.#marked + this.#text.slice(this.#copied, end))
    return this.#marked === '' ? parsed : unmarked(parsed, JSON.parse(`"${this.#mark}"`), pieces)
  }
}

/** With it no string of the text begins: more NULs, which are always escaped, than stand together anywhere. */
function markFor(text: string): string {
  let nuls = '\\u0000'
  while (text.includes(nuls)) nuls += nuls
  return nuls
}

const [QUOTE, MINUS, ZERO, NINE, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [...'"-09{}[]'].map((character) =>
  character.charCodeAt(0),
) as [number, number, number, number, number, number, number, number]

/** What no number of JSON begins with is a character alone: JSON.parse refuses it. */
function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start
  return NUMBER.test(text) ? NUMBER.lastIndex : start + 1
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** A number that a double does not hold to the digit. */
function isChanged(text: string, start: number, end: number): boolean {
  SHORT.lastIndex = start
  if (SHORT.test(text) && SHORT.lastIndex === end) return false
  const source = text.slice(start, end)
  const value = Number(source)
  return (String(value) !== source || Math.abs(value) > Number.MAX_SAFE_INTEGER) && source !== '-'
}

/** Most numbers are such, and need not be looked at. */
const SHORT = /-?[1-9]\d{0,14}|0/y

/** Behind the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote > 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0
    while (text[quote - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return quote + 1
  }
  return text.length
}

function unmarked(value: unknown, mark: string, pieces: readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const first: unknown = value[0]
    if (typeof first === 'string' && first.startsWith(mark)) {
      const by = first.slice(mark.length)
      return by.startsWith('#') ? pieces[Number(by.slice(1))] : json.rawJSON(by)
    }
    for (let index = 0; index < value.length; index++) value[index] = unmarked(value[index], mark, pieces)
    return value
  }
  const record = value as Record<string, unknown>
  for (const key in record) {
    const inner = record[key]
    const exact = unmarked(inner, mark, pieces)
    // Not by assignment: a key may be __proto__.
    if (exact !== inner) Object.defineProperty(record, key, { value: exact })
  }
  return record
}

/** JSON.stringify with bigints as bare numbers. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry) =>
    typeof entry === 'bigint' ? json.rawJSON(String(entry)) : entry,
  )
}

/** An int64 as it stands on the wire: bare digits, whatever it was read as. */
export function bareInteger(value: unknown): unknown {
  return typeof value === 'string' ? json.rawJSON(BigInt(value).toString()) : value
}
