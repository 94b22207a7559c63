import { lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CliError, EXIT, type Text, usageError } from './command.ts'

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
    `文件 ${file} 无法写入：${fileReason(error, 'zh')} / cannot be written: ${fileReason(error, 'en')}`,
    error,
  )
}

export function unreadable(what: string, error: unknown): CliError {
  return new CliError(
    EXIT.failed,
    `${what} 无法读取：${fileReason(error, 'zh')} / cannot be read: ${fileReason(error, 'en')}`,
    error,
  )
}

const FILE_REASONS: Readonly<Record<string, Text>> = {
  ENOENT: { zh: '没有这个文件或文件夹，请核对路径', en: 'there is no such file or folder, check the path' },
  ENOTDIR: { zh: '路径中有一部分不是文件夹', en: 'a part of the path is no folder' },
  EISDIR: { zh: '它是一个文件夹，请给出文件名', en: 'it is a folder, name a file' },
  EACCES: { zh: '没有权限', en: 'no permission' },
  EPERM: { zh: '没有权限', en: 'no permission' },
  EROFS: { zh: '磁盘是只读的', en: 'the disk is read-only' },
  ENOSPC: { zh: '磁盘已满', en: 'the disk is full' },
  EDQUOT: { zh: '磁盘配额已用完', en: 'the quota of the disk is used up' },
  EMFILE: { zh: '打开的文件太多', en: 'too many open files' },
  ENAMETOOLONG: { zh: '文件名过长，最长 255 字节', en: 'the name is too long, at most 255 bytes' },
}

function fileReason(error: unknown, language: keyof Text): string {
  const { code = '' } = error as NodeJS.ErrnoException
  const reason = FILE_REASONS[code] ?? {
    zh: `请检查路径与权限（${code}）`,
    en: `check path and permissions (${code})`,
  }
  return reason[language]
}
