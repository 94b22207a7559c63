import { paramError, ServiceError } from '../errors.ts'

/** Shortens a text for a message. */
export function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text
}

/** A name without white space around it. Throws when nothing is left. */
export function trimmed(field: string, text: string): string {
  const name = text.trim()
  if (name !== '') return name
  throw new ServiceError('paramMissing', `缺少必填参数 ${field}：不能只有空白`, { field })
}

/** Throws when an id is given twice: which of the two is meant is not for the server to choose. */
export function refuseRepeated(
  list: string,
  idName: string | undefined,
  ids: readonly (string | bigint)[],
): void {
  const places = new Map<string | bigint, number>()
  for (const [index, id] of ids.entries()) {
    const before = places.get(id)
    if (before !== undefined) {
      const at = (place: number) => `${list}[${place}]${idName === undefined ? '' : `.${idName}`}`
      throw paramError(
        'paramInvalid',
        at(index),
        ` 与 ${at(before)} 重复：${shorten(String(id))}；每个只给一次`,
      )
    }
    places.set(id, index)
  }
}
