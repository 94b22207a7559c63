import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileText } from 'genjin-record'
import { ServiceError } from '../errors.ts'
import type { Random } from '../service/context.ts'

/** The key beside the database, or undefined when there is none. */
export function readKeyFile(path: string): Buffer | undefined {
  let text: string
  try {
    text = fileText(readFileSync(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ServiceError('paramInvalid', `密钥文件 ${path} 无法读取：请检查权限`, { cause: error })
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length < 32) throw new ServiceError('paramInvalid', `密钥文件 ${path} 已损坏：请从备份恢复`)
  return key
}

/**
 * Creates the key of a new database, with mode 0600. It is written under another name and then linked, so that two processes
 * that start together use one key, and none reads half of it.
 */
export function makeKeyFile(path: string, random: Random): Buffer {
  const folder = dirname(resolve(path))
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Not named after the database, whose name can be as long as a name can be.
  const draft = join(folder, `key.${random(6).toString('hex')}`)
  writeDurably(draft, `${random(32).toString('base64')}\n`)
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  flushFolders(folder, dirname(made ?? path))
  return readKeyFile(path) as Buffer
}

/**
 * Flushes the names in a folder and in those above it, up to `last`: after a power loss the database must not have a key that
 * no file holds.
 */
function flushFolders(folder: string, last: string): void {
  // Windows cannot flush a folder, and need not.
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  if (folder !== resolve(last)) flushFolders(dirname(folder), last)
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
