/** The word that was probably meant: the one that `typed` begins, or that differs from it least, if that is little. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const begun = typed.length >= 3 ? words.find((word) => word.startsWith(typed)) : undefined
  if (begun !== undefined) return begun
  const most = Math.max(1, Math.floor(typed.length / 3))
  const [best] = words
    .map((word) => ({ word, distance: distance(typed, word) }))
    .filter((one) => one.distance <= most)
    .sort((a, b) => a.distance - b.distance)
  return best?.word
}

/** Letters to insert, delete, replace or exchange with the next one (optimal string alignment). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > Math.max(a.length, b.length) / 2) return Number.POSITIVE_INFINITY
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const at = (i: number, j: number) => rows[i]?.[j] as number
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same))
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isExchanged) row[j] = Math.min(at(i, j), at(i - 2, j - 2) + 1)
    }
  }
  return at(a.length, b.length)
}
