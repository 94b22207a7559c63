import type { Corp } from '../../store/corp.ts'
import { putSetting, readSetting } from '../../store/store.ts'
import type { Parts } from '../context.ts'

/** How far an unfinished pull into a company has come, as the command wrote it; kept in the database that it writes to. */
export function readPullState(parts: Parts, corp: Corp): Promise<string | undefined> {
  return parts.store.readShared((tx) => readSetting(tx, nameOf(corp)))
}

/** Undefined when the pull is done. */
export function keepPullState(parts: Parts, corp: Corp, state: string | undefined): Promise<void> {
  return parts.store.transactShared((tx) => putSetting(tx, nameOf(corp), state))
}

function nameOf(corp: Corp): string {
  return `pull ${corp.id}`
}
