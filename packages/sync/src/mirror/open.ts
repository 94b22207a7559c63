import { type Address, parseAddress } from './address.ts'
import { TableMirror, type TableOptions } from './table-mirror.ts'

/**
 * Opens the target of `genjin sync --to`: `postgres://…`, `sqlite:FILE` or a folder. Throws SyncError; no message holds the
 * address's password.
 */
export async function openMirror(to: string | Address, options: TableOptions): Promise<TableMirror> {
  const target = typeof to === 'string' ? parseAddress(to) : to
  // Loaded here: no command pays for an engine that it does not use.
  if (target.kind === 'folder') {
    const { openFolder } = await import('./folder.ts')
    return openFolder(target.path, options)
  }
  if (target.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite-engine.ts')
    return TableMirror.open(openSqlite(target.path), options)
  }
  const { openPostgres } = await import('./postgres-engine.ts')
  return TableMirror.open(await openPostgres(target.address), options)
}
