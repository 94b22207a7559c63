import { lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CliError, EXIT, usageError } from './command.ts'

/** Where a result is written. */
export interface Output {
  /** With links followed: the file is replaced, not the link to it. */
  readonly path: string
  /** A device or a pipe: written to directly, not replaced. */
  readonly isSpecial: boolean
}

/** Checks what --out names before anything is read. Throws CliError. */
export function outputOf(file: string): Output {
  if (file === '' || /[/\\]$/.test(file)) {
    throw usageError(`--out 须为文件名，不是文件夹：${file} / --out names a file, not a folder`)
  }
  try {
    return look(file)
  } catch (error) {
    throw error instanceof CliError ? error : unwritable(file, error)
  }
}

function look(file: string): Output {
  const there = lstatSync(file, { throwIfNoEntry: false })
  if (!there) return { path: join(realpathSync(dirname(file)), basename(file)), isSpecial: false }
  if (there.isDirectory()) {
    throw new CliError(EXIT.failed, `--out ${file} 是文件夹：请给出文件名 / is a folder: name a file`)
  }
  if (there.isSymbolicLink()) return look(realpathSync(file))
  return { path: realpathSync(file), isSpecial: !there.isFile() }
}

export function unwritable(file: string, error: unknown): CliError {
  return new CliError(
    EXIT.failed,
    `文件 ${file} 无法写入：请检查路径与权限 / cannot be written, check path and permissions: ${(error as Error).message}`,
    error,
  )
}

export function unreadable(what: string, error: unknown): CliError {
  return new CliError(
    EXIT.failed,
    `${what} 无法读取：请检查路径与权限 / cannot be read, check path and permissions: ${(error as Error).message}`,
    error,
  )
}
