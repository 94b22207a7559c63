/**
 * What makes a spreadsheet run a text: a formula's first sign, also full-width or small and after white space or
 * characters that are not seen (some programs strip them), or a tab or line break in front.
 */
const COULD_RUN = /^(?:[\t\r\n]|[\s\p{C}\p{Z}]*[=+\-@＝＋－＠﹦﹢﹣﹫])/u

/** A number alone, such as -116.40 or +8613800000000, runs nothing. */
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Whether a spreadsheet could run this text as a formula. */
export function couldRun(text: string): boolean {
  return COULD_RUN.test(text) && !PLAIN_NUMBER.test(text)
}

/** The text with an apostrophe in front where a spreadsheet could run it. */
export function harmless(text: string): string {
  return couldRun(text) ? `'${text}` : text
}
