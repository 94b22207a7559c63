import type { Writable } from 'node:stream'
import { write } from '../io.ts'

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
  #rows = 0

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /** Lines that are no rows. */
  async writeHead(text: string): Promise<void> {
    await write(this.#stream, text)
  }

  async writeRows<T>(records: readonly T[], line: (record: T) => string): Promise<void> {
    await writeBlocks(mapped(records, line), (block) => write(this.#stream, block))
    this.#rows += records.length
  }

  get rows(): number {
    return this.#rows
  }
}

function* mapped<T>(records: readonly T[], line: (record: T) => string): Generator<string> {
  for (const record of records) yield line(record)
}
