import { isRawNumber, parseExact } from 'genjin-record'

/** Deepest nesting, longest list unless an operation says otherwise (C8). */
export const MAX_DEPTH = 32
export const MAX_ENTRIES = 1000

export class JsonError extends Error {
  /** `syntax`: not JSON. `limit`: too deep, too long. `text`: characters that are not stored (C8). */
  readonly kind: 'syntax' | 'limit' | 'text'

  /** The field that is to blame, where it is one. */
  readonly field: string | undefined

  constructor(kind: JsonError['kind'], message: string, field?: string) {
    super(message)
    this.kind = kind
    this.field = field || undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const SUSPICIOUS_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/

/**
 * Parses UTF-8 bytes exactly (C6) and within the limits of C8. Throws JsonError, whose Chinese message names the place.
 *
 * @param entries how many entries a list may have
 */
export function parseJson(bytes: Uint8Array, entries = MAX_ENTRIES): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new JsonError('text', '不是有效的 UTF-8 编码')
  }
  checkSize(text)
  let value: unknown
  try {
    value = parseExact(text)
  } catch (error) {
    throw new JsonError('syntax', `不是合法的 JSON${positionOf(error)}`)
  }
  // A list of more entries than allowed takes at least two bytes an entry.
  if (text.length > 2 * entries || SUSPICIOUS_ESCAPE.test(text)) checkValue(value, '', entries)
  return value
}

function positionOf(error: unknown): string {
  const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')
  return at ? `（第 ${Number(at[1]) + 1} 个字符处）` : ''
}

/** Most values of a body, about: a body of 1 MiB has fewer anyway. */
export const MAX_VALUES = 2_000_000

/** Refuses nesting over MAX_DEPTH, and more values than MAX_VALUES, before the text is parsed. */
function checkSize(text: string): void {
  let depth = 0
  let commas = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === 0x22) {
      at = endOfString(text, at)
    } else if (char === 0x7b || char === 0x5b) {
      if (++depth > MAX_DEPTH) throw new JsonError('limit', `嵌套超过 ${MAX_DEPTH} 层`)
    } else if (char === 0x2c) {
      if (++commas > MAX_VALUES) throw tooManyValues()
    } else if (char === 0x7d || char === 0x5d) {
      depth--
    }
  }
}

export function tooManyValues(): JsonError {
  return new JsonError(
    'limit',
    `超过 ${MAX_VALUES} 个值：请减少，或改用批量保存（department/save 与 department/user/save）`,
  )
}

/** The index of the quote that closes the string opened at `open`, or the end of the text. */
function endOfString(text: string, open: number): number {
  let at = open + 1
  while (at < text.length) {
    const char = text.charCodeAt(at)
    if (char === 0x22) return at
    at += char === 0x5c ? 2 : 1
  }
  return at
}

/** Refuses lists of more than `entries`, NUL and lone surrogates, anywhere in the value. */
export function checkValue(value: unknown, path: string, entries = MAX_ENTRIES): void {
  if (typeof value === 'string') {
    const problem = textProblem(value)
    if (problem) throw new JsonError('text', `参数 ${path || '请求体'} ${problem}`, path)
  } else if (Array.isArray(value)) {
    if (value.length > entries) {
      throw new JsonError(
        'limit',
        `参数 ${path || '请求体'} 有 ${value.length} 项，最多 ${entries} 项，请分多次请求`,
        path,
      )
    }
    for (const [index, entry] of value.entries()) checkValue(entry, `${path}[${index}]`, entries)
  } else if (value !== null && typeof value === 'object' && !isRawNumber(value)) {
    for (const [key, entry] of Object.entries(value)) {
      const problem = textProblem(key)
      if (problem) throw new JsonError('text', `参数 ${path || '请求体'} 的键${problem}`, path)
      checkValue(entry, path ? `${path}.${key}` : key, entries)
    }
  }
}

/** Why a text cannot be stored on both engines, or undefined if it can (C8). */
function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return '含有 NUL 字符（\\u0000），请去掉'
  if (!text.isWellFormed()) return '含有不成对的代理字符（lone surrogate），请去掉'
  return undefined
}
