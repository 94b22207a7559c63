import { basename } from 'node:path'
import {
  isPostgresAddress,
  type PostgresAddress,
  PostgresAddressError,
  parsePostgresAddress,
} from 'genjin-record'
import { refused } from '../error.ts'

export type Address =
  | { readonly kind: 'postgres'; readonly address: PostgresAddress }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }

/** Longest name of a SQLite file in bytes: file systems take 255, and SQLite puts `-journal` behind it. */
const LONGEST_NAME = 247

/**
 * Reads `--to`. A mistyped address is not taken for a folder, and not repeated in the message: it can hold a password.
 *
 * @param sslMode `sslmode` of a PostgreSQL address without one
 */
export function parseAddress(to: string, sslMode?: string): Address {
  if (isPostgresAddress(to)) return { kind: 'postgres', address: parsePostgres(to, sslMode) }
  const path = /^sqlite:(?:\/\/)?([^:].*)$/.exec(to)?.[1]
  if (path !== undefined && Buffer.byteLength(basename(path)) > LONGEST_NAME) {
    throw refused(
      `目标 --to 不可用：文件名最长 ${LONGEST_NAME} 字节 / --to cannot be used: a file name has at most ${LONGEST_NAME} bytes`,
    )
  }
  if (path !== undefined) return { kind: 'sqlite', path }
  // One letter and a colon is a drive of Windows. Without the colon, `postgres//…` is an address as well.
  if (to !== '' && !/^[a-z][a-z\d+.-]+(:|\/\/)/i.test(to)) return { kind: 'folder', path: to }
  throw refused(
    '目标 --to 不可用：须写作 postgres://用户:密码@主机:端口/库名、sqlite:文件路径，或一个文件夹 / --to takes postgres://user:password@host:port/database, sqlite:FILE, or a folder',
  )
}

function parsePostgres(to: string, sslMode: string | undefined): PostgresAddress {
  try {
    return parsePostgresAddress(to, sslMode)
  } catch (error) {
    throw error instanceof PostgresAddressError
      ? refused(`目标 --to 不可用 / --to cannot be used: ${error.message}`)
      : error
  }
}
