import { parseAddress } from './address.ts'
import { TableMirror, type TableOptions } from './table-mirror.ts'

/**
 * Opens the target of `genjin sync --to`: `postgres://…`, `sqlite:FILE` or a folder. Throws SyncError; no message holds the
 * address's password.
 */
export async function openMirror(to: string, options: TableOptions): Promise<TableMirror> {
  const address = parseAddress(to)
  // Loaded here: no command pays for an engine that it does not use.
  if (address.kind === 'folder') {
    const { openFolder } = await import('./folder.ts')
    return openFolder(address.path, options)
  }
  if (address.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite-engine.ts')
    return TableMirror.open(openSqlite(address.path), options)
  }
  const { openPostgres } = await import('./postgres-engine.ts')
  return TableMirror.open(await openPostgres(address.url), options)
}
