import { parseExact as parse } from 'genjin-client'

/** A number that is sent as it is written, such as an id above 2^53. */
export function exactNumber(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}

/** An answer with its numbers as they were written. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into any answer
export function parseExact(text: string): any {
  return parse(text)
}
