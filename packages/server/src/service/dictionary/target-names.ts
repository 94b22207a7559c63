import type { Corp } from '../../store/corp.ts'
import { targetNames } from '../../store/dictionary.ts'
import type { Context } from '../context.ts'

/** What objects of one type (`target_type`) are called, by id. */
export function namesOfTargets(
  { store }: Context,
  { key }: Corp,
  type: number,
  ids: readonly string[],
): Promise<Map<string, string>> {
  return store.read(key, (tx) => targetNames(tx, type, ids))
}
