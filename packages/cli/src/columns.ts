/** Rows as columns of a terminal, where Chinese characters are two wide. */

/** Characters that take two places: East Asian wide and full-width ones, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu
/** Characters that take none: accents, joiners, variation selectors. */
const ZERO = /[\p{M}\p{Cf}]/gu
/** What would move the cursor, colour the terminal or turn the direction of writing: of a name, and of a browser's header. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Places that a text takes in a terminal. */
export function terminalWidth(text: string): number {
  return [...text.replace(ZERO, '').replace(WIDE, '..')].length
}

/** Texts that people gave, so that a terminal shows them and does nothing else. */
export function shown(text: string): string {
  return text.replace(CONTROL, '\ufffd')
}

/** Lines of cells, two places between the columns, each as wide as its widest cell; the last one is not filled up. */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(shown))
  const widths: number[] = []
  for (const row of cells) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, terminalWidth(cell))
  }
  const fill = (cell: string, at: number) => cell + ' '.repeat((widths[at] as number) - terminalWidth(cell))
  return cells.map((row) => `${row.map(fill).join('  ').trimEnd()}\n`).join('')
}
