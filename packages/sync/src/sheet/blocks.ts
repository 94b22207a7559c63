import type { Writable } from 'node:stream'
import { write } from '../../../cli/src/io.ts'

/** Characters that are gathered before they are written: a page of long records must not become one huge text. */
const BLOCK_CHARS = 32 * 1024

/** Texts put together into blocks of a size that is good to write. */
export async function writeBlocks(
  texts: Iterable<string>,
  writeBlock: (block: string) => Promise<void>,
): Promise<void> {
  let block = ''
  for (const text of texts) {
    block += text
    if (block.length < BLOCK_CHARS) continue
    await writeBlock(block)
    block = ''
  }
  if (block !== '') await writeBlock(block)
}

/** A table that is lines of text. */
export class LineWriter {
  readonly #stream: Writable
  /** Where blocks are encoded, one after the other: as buffers of their own, 770 MB of them took 45 MB more. */
  readonly #scratch = Buffer.allocUnsafeSlow(4 * BLOCK_CHARS)
  #rows = 0

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /** Lines that are no rows. */
  async writeHead(text: string): Promise<void> {
    await write(this.#stream, text)
  }

  async writeRows<T>(records: readonly T[], line: (record: T) => string): Promise<void> {
    await writeBlocks(mapped(records, line), (block) => write(this.#stream, this.#bytesOf(block)))
    this.#rows += records.length
  }

  /** Good until the next call: who writes it waits until it is written. */
  #bytesOf(block: string): Buffer {
    // No UTF-16 unit takes more than three bytes.
    if (3 * block.length > this.#scratch.length) return Buffer.from(block)
    return this.#scratch.subarray(0, this.#scratch.write(block))
  }

  get rows(): number {
    return this.#rows
  }
}

function* mapped<T>(records: readonly T[], line: (record: T) => string): Generator<string> {
  for (const record of records) yield line(record)
}
