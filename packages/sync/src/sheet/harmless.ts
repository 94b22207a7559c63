/**
 * What makes a spreadsheet run a text: the first character of a formula, also full-width or small, also after white space or
 * invisible characters (some programs strip them); or a leading tab or line break.
 */
const COULD_RUN = /^(?:[\t\r\n]|[\s\p{C}\p{Z}]*[=+\-@＝＋－＠﹦﹢﹣﹫])/u

/** A number alone, such as -116.40 or +8613800000000, is no formula. */
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Whether a spreadsheet could run this text as a formula. */
export function couldRun(text: string): boolean {
  return COULD_RUN.test(text) && !PLAIN_NUMBER.test(text)
}

/** The text, with an apostrophe in front if a spreadsheet could run it. */
export function harmless(text: string): string {
  return couldRun(text) ? `'${text}` : text
}
