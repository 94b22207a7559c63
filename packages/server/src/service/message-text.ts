import { ServiceError } from '../errors.ts'

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
