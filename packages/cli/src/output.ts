import { lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ServiceError } from 'genjin-server'
import { UsageError } from './command.ts'

/** Where a result is to stand. */
export interface Output {
  /** With links followed: what is replaced is the file, not the link to it. */
  readonly path: string
  /** A device or a pipe: it is written to as it is, and not replaced. */
  readonly isSpecial: boolean
}

/** Looks at what --out names before anything is read. Throws UsageError for what names no file, ServiceError for what cannot be. */
export function outputOf(file: string): Output {
  if (file === '' || /[/\\]$/.test(file)) {
    throw new UsageError(`--out 须为文件名，不是文件夹：${file} / --out names a file, not a folder`)
  }
  try {
    return look(file)
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw new ServiceError('paramInvalid', `文件 ${file} 无法写入：${(error as Error).message}`, {
      cause: error,
    })
  }
}

function look(file: string): Output {
  const there = lstatSync(file, { throwIfNoEntry: false })
  if (!there) return { path: join(realpathSync(dirname(file)), basename(file)), isSpecial: false }
  if (there.isDirectory()) {
    throw new ServiceError('paramInvalid', `--out ${file} 是文件夹：请给出文件名 / is a folder: name a file`)
  }
  if (there.isSymbolicLink()) return look(realpathSync(file))
  return { path: realpathSync(file), isSpecial: !there.isFile() }
}
