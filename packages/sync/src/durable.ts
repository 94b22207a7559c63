import { closeSync, fsyncSync, openSync } from 'node:fs'

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
