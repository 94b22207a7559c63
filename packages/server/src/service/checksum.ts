import { hash } from 'node:crypto'

/**
 * The checksum of a company, whatever the order of its records. For each line of its bundle, as export writes it (UTF-8
 * JSON without the newline): SHA-256, of which the first 16 bytes are an unsigned big-endian integer. The checksum is the
 * sum of these modulo 2^128, as 32 hexadecimal digits in lower case. Of no lines it is 0.
 *
 * A record that changes takes its old line out and puts its new one in, without a look at the others.
 */
export class Checksum {
  #sum = 0n

  /** @param line a line of the bundle, without the newline */
  add(line: string): void {
    this.#change(numberOf(line))
  }

  subtract(line: string): void {
    this.#change(-numberOf(line))
  }

  /** Adds all that another one holds. */
  addAll(other: Checksum): void {
    this.#change(other.#sum)
  }

  get hex(): string {
    return this.#sum.toString(16).padStart(32, '0')
  }

  #change(by: bigint): void {
    this.#sum = BigInt.asUintN(128, this.#sum + by)
  }
}

function numberOf(line: string): bigint {
  return BigInt(`0x${hash('sha256', line, 'hex').slice(0, 32)}`)
}
