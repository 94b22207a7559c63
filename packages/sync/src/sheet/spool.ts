import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGunzip, createGzip, type Gzip } from 'node:zlib'
import { parseExact } from 'genjin-record'
import type { FollowSheetRecord } from './record.ts'

/** Characters of records that are read back at once. */
const CHUNK = 64 * 1024

/**
 * Records in a temporary file, so that a table can be laid out when all of it is known. Compressed: about as large as the
 * workbook. The file has no name any more while it is in use: nothing is left of it, however the process ends.
 */
export class Spool implements AsyncDisposable {
  readonly #file: FileHandle
  readonly #gzip: Gzip
  readonly #written: Promise<void>

  private constructor(file: FileHandle) {
    this.#file = file
    this.#gzip = createGzip({ level: 1 })
    this.#written = this.#store()
    // Reported by the next call.
    this.#written.catch(() => {})
    this.#gzip.on('error', () => {})
  }

  async #store(): Promise<void> {
    for await (const bytes of this.#gzip) await this.#file.writeFile(bytes as Buffer)
  }

  static async open(folder = tmpdir()): Promise<Spool> {
    const own = await mkdtemp(join(folder, '.genjin-'))
    try {
      return new Spool(await open(join(own, 'records'), 'wx+', 0o600))
    } finally {
      await rm(own, { recursive: true, force: true })
    }
  }

  /** Resolves when there is room for more; rejects when the disk is full. */
  async write(records: readonly FollowSheetRecord[]): Promise<void> {
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('')
    try {
      await new Promise<void>((resolve, reject) => {
        this.#gzip.write(text, (error) => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      // Why it takes no more.
      await this.#written
      throw error
    }
  }

  /** All that was written, once. */
  async *read(): AsyncGenerator<FollowSheetRecord[], void, undefined> {
    this.#gzip.end()
    await this.#written
    const source = this.#file.createReadStream({ autoClose: false, start: 0 })
    const text = source.pipe(createGunzip({ chunkSize: CHUNK })).setEncoding('utf8')
    source.once('error', (error) => text.destroy(error))
    let rest = ''
    for await (const chunk of text) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() as string
      if (lines.length > 0) yield lines.map((line) => parseExact(line) as FollowSheetRecord)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gzip.destroy()
    await this.#file.close()
  }
}
