import { ServiceError } from 'genjin-server'

export type Address =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }

/** Reads `--to`. What looks like another kind of address is not taken for a folder, and stands in no message. */
export function parseAddress(to: string): Address {
  if (/^postgres(ql)?:\/\//.test(to)) {
    if (URL.canParse(to)) return { kind: 'postgres', url: to }
    throw unusable()
  }
  if (to.startsWith('sqlite:')) {
    const path = /^sqlite:(?:\/\/)?(.+)$/.exec(to)?.[1]
    if (path === undefined || path.startsWith(':')) throw unusable()
    return { kind: 'sqlite', path }
  }
  // One letter and a colon is a drive of Windows.
  if (to === '' || /^[a-z][a-z\d+.-]+:/i.test(to)) throw unusable()
  return { kind: 'folder', path: to }
}

function unusable(): ServiceError {
  return new ServiceError(
    'paramInvalid',
    '目标 --to 不可用：须写作 postgres://用户:密码@主机:端口/库名、sqlite:文件路径，或一个文件夹 / --to takes postgres://user:password@host:port/database, sqlite:FILE, or a folder',
  )
}
