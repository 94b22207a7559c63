import type { Corp } from '../../store/corp.ts'
import { putSetting, readSetting } from '../../store/setting.ts'
import type { Context } from '../context.ts'

/** The progress of an unfinished pull into a company, as the command wrote it, kept in the target database. */
export function readPullState(context: Context, corp: Corp): Promise<string | undefined> {
  return context.store.readShared((tx) => readSetting(tx, nameOf(corp)))
}

/** Undefined when the pull is done. */
export function keepPullState(context: Context, corp: Corp, state: string | undefined): Promise<void> {
  return context.store.transactShared((tx) => putSetting(tx, nameOf(corp), state))
}

function nameOf(corp: Corp): string {
  return `pull ${corp.id}`
}
