/**
 * JSON whose numbers stay as they are written: one that a double would change, such as an id above 2^53, is kept as its
 * text. Written for the tests, so that the server's own reading is not what it is tested with.
 */
const json = JSON as unknown as {
  rawJSON(text: string): unknown
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
}

/** A number that is sent as it is. */
export function exactNumber(text: string): unknown {
  return json.rawJSON(text)
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into any answer
export function parseExact(text: string): any {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && (String(value) !== source || !isSafe(value))
      ? json.rawJSON(source)
      : value,
  )
}

function isSafe(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER
}
