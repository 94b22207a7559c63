import type { Writable } from 'node:stream'
import type { SheetSummary } from './table.ts'

/** Characters that are collected before they are written: a page of long records must not become one huge text. */
const BLOCK_CHARS = 32 * 1024

/** Joins texts into blocks of a size that suits a stream. */
export function* blocksOf(texts: Iterable<string>, characters = BLOCK_CHARS): Generator<string> {
  let block = ''
  for (const text of texts) {
    block += text
    if (block.length < characters) continue
    yield block
    block = ''
  }
  if (block !== '') yield block
}

/** Writes a table that consists of lines of text. */
export class LineWriter {
  readonly #stream: Writable
  /** Where blocks are encoded, one after the other: with a buffer for each, writing 770 MB took 45 MB more memory. */
  readonly #scratch = Buffer.allocUnsafeSlow(4 * BLOCK_CHARS)
  #head: string
  #rows = 0

  /** @param head lines that are not counted as rows: written with the first rows, or at the end */
  constructor(stream: Writable, head = '') {
    this.#stream = stream
    this.#head = head
  }

  async write<T>(records: readonly T[], line: (record: T) => string): Promise<void> {
    await this.#writeHead()
    for (const block of blocksOf(records.values().map(line))) await this.#write(this.#bytesOf(block))
    this.#rows += records.length
  }

  async end(): Promise<SheetSummary> {
    await this.#writeHead()
    return { rows: this.#rows, shortened: 0, textColumns: [], unlinked: 0 }
  }

  async #writeHead(): Promise<void> {
    const head = this.#head
    this.#head = ''
    if (head !== '') await this.#write(Buffer.from(head))
  }

  /** Resolves when the stream has taken the bytes, whose buffer is used again after that. */
  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Valid until the next call. */
  #bytesOf(block: string): Buffer {
    // A UTF-16 unit takes three bytes at most.
    if (3 * block.length > this.#scratch.length) return Buffer.from(block)
    return this.#scratch.subarray(0, this.#scratch.write(block))
  }
}
