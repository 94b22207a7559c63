import { refused } from '../error.ts'

export type Address =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }

/** Reads `--to`. A mistyped address is not taken for a folder, and not repeated in the message: it can hold a password. */
export function parseAddress(to: string): Address {
  if (/^postgres(ql)?:\/\//.test(to) && URL.canParse(to)) return { kind: 'postgres', url: to }
  const path = /^sqlite:(?:\/\/)?([^:].*)$/.exec(to)?.[1]
  if (path !== undefined) return { kind: 'sqlite', path }
  // One letter and a colon is a drive of Windows.
  if (to !== '' && !/^[a-z][a-z\d+.-]+:/i.test(to)) return { kind: 'folder', path: to }
  throw refused(
    '目标 --to 不可用：须写作 postgres://用户:密码@主机:端口/库名、sqlite:文件路径，或一个文件夹 / --to takes postgres://user:password@host:port/database, sqlite:FILE, or a folder',
  )
}
