/** What JSON.rawJSON makes: a number's own text, which stringifies to the same text. */
export interface RawNumber {
  readonly rawJSON: string
}

const json = JSON as unknown as {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
  parse(
    text: string,
    reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
}

export const isRawNumber = json.isRawJSON

/**
 * JSON.parse that loses nothing: a number that a double would change (an id above 2^53, a long decimal, 1.0) is kept as
 * JSON.rawJSON with its own text, `String(value.rawJSON)`. Throws SyntaxError on what is not JSON.
 */
export function parseExact(text: string): unknown {
  return json.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value
    const exact = String(value) === source && Math.abs(value) <= Number.MAX_SAFE_INTEGER
    return exact ? value : json.rawJSON(source)
  })
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
