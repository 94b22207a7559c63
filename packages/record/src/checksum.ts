/**
 * The checksum of a set of lines (G5): the sum of the lines' own checksums modulo 2^128, so the order does not matter, and a
 * line that changes is subtracted as it was and added as it is. Of no lines it is 0.
 */
export class Checksum {
  #sum = 0n

  /** @param checksum of one line (`lineChecksum`, `digestChecksum`), or the `value` of another sum */
  add(checksum: bigint): void {
    this.#sum = BigInt.asUintN(128, this.#sum + checksum)
  }

  subtract(checksum: bigint): void {
    this.add(-checksum)
  }

  get value(): bigint {
    return this.#sum
  }

  /** 32 hexadecimal digits in lower case, as follow/reconcile returns them. */
  get hex(): string {
    return this.#sum.toString(16).padStart(32, '0')
  }
}

/**
 * The checksum of one line: the first 16 bytes of the SHA-256 of its UTF-8 text, as an unsigned big-endian integer.
 *
 * @param line `recordLine` or `wholeRecordLine` of a record
 */
export async function lineChecksum(line: string): Promise<bigint> {
  const digest = new DataView(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(line)))
  return (digest.getBigUint64(0) << 64n) | digest.getBigUint64(8)
}

/**
 * `lineChecksum` where SHA-256 is available synchronously. Hexadecimal because node:crypto's `hash` is faster that way:
 * 2.3 µs for a line of 280 characters, against 2.8 µs through a Buffer and much more through a promise.
 *
 * @param sha256 the line's SHA-256, or a checksum, in hexadecimal digits
 */
export function digestChecksum(sha256: string): bigint {
  return BigInt(`0x${sha256.slice(0, 32)}`)
}
