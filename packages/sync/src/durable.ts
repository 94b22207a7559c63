import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Flushes the names in a folder to the disk: only then does a rename survive a power failure. */
export function flushFolder(folder: string): void {
  // Windows cannot flush a folder, and need not.
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Longest name in a folder, in bytes, on every usual file system. */
const LONGEST_NAME = 255

/**
 * A path in the same folder: the name with an ending, as `FILE.part`. If that is longer than a name can be, the name is cut and a
 * checksum takes the place of the rest, so that two names remain two.
 */
export function besidePath(path: string, ending: string): string {
  const name = basename(path)
  if (Buffer.byteLength(name + ending) <= LONGEST_NAME) return `${path}${ending}`
  const checksum = `.${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
  const room = LONGEST_NAME - Buffer.byteLength(checksum + ending)
  // By code units: half a surrogate pair that is left over is dropped.
  let cut = name
  while (Buffer.byteLength(cut) > room) cut = cut.slice(0, -1)
  return join(dirname(path), `${cut.toWellFormed().replace(/\ufffd$/, '')}${checksum}${ending}`)
}
