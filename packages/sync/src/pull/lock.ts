import { rmSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

const SQLITE_BUSY = 5

/**
 * Takes the lock of a file for this process; undefined when another process holds it. It ends with its holder, however that ends,
 * because it is the operating system's: a process number in a file outlives its process, and in a container or after a restart
 * belongs to another one. Node has no function for such a lock, but SQLite, which is a part of Node, takes one for a transaction;
 * the file itself stays empty. It holds between containers that share the folder too. On a network file system it is as good as
 * that system's locks.
 *
 * @returns removes the file and releases the lock
 */
export function takeLock(path: string): (() => void) | undefined {
  for (;;) {
    // Not opened by other means: closing a file releases the locks that the process has on it.
    const before = numberOf(path)
    // Loaded here: no other command that moves follow-ups needs it.
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const database = new DatabaseSync(path, { timeout: 0 })
    try {
      // Without the file of a journal, which would stay behind after a kill. (Node forbids OFF.)
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return undefined
      throw error
    }
    // A holder that ended just now may have removed the file that was opened here: its lock would exclude nobody. Only of a file
    // that was there before is it known that it is still the same.
    if (before !== undefined && numberOf(path) === before) return () => release(path, database)
    database.close()
  }
}

function release(path: string, database: DatabaseSync): void {
  // Windows cannot remove a file that is open.
  if (process.platform === 'win32') database.close()
  rmSync(path, { force: true })
  if (database.isOpen) database.close()
}

/** Identifies a file: while one is open, no other has its number. */
function numberOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}
