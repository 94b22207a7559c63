/** Names have at most 256 characters; a text is at most four times as long as its NFKC. */
const LONGEST = 4 * 256

/** Equal for names of follow types that differ only in full-width and half-width characters, which are one name (N1). */
export function nameKey(name: string): string {
  return name.length > LONGEST ? name : name.normalize('NFKC')
}
