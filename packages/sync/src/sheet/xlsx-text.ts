import { characterCount } from 'genjin-record'

/** UTF-16 units that a cell holds. */
export const CELL_UNITS = 32_767

/** CR by number: a parser would turn it into LF. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#13;',
}

/** What XML 1.0 cannot hold as it is: the above, forbidden characters, and text that looks like the format's escape. */
const ESCAPED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
  /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}|_(?=x[0-9A-Fa-f]{4}_)/gu

/** Text in XML, with the format's _xHHHH_ for characters that XML forbids. */
export function xmlText(text: string): string {
  return text.replace(ESCAPED, (found) => ENTITIES[found] ?? `_x${hex(found)}_`)
}

/** An address in an attribute. */
export function xmlAttribute(text: string): string {
  return xmlText(text).replaceAll('"', '&quot;')
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
}

/** The text, cut to what a cell holds, with a note where the rest is found. */
export function fitted(text: string): string {
  if (text.length <= CELL_UNITS) return text
  const note = `…（全文 ${characterCount(text)} 字，请用 csv 或 ndjson）`
  const end = CELL_UNITS - note.length
  return text.slice(0, isInsidePair(text, end) ? end - 1 : end) + note
}

function isInsidePair(text: string, index: number): boolean {
  return (text.codePointAt(index - 1) ?? 0) > 0xffff
}
