import { ServiceError } from '../../errors.ts'
import { isRawJson, MAX_ENTRIES, toJson } from '../../json.ts'
import { allCustomFields, type CustomField } from '../../store/dictionary.ts'
import type { ReadTx } from '../../store/port.ts'
import { shorten } from '../message-text.ts'
import { isAbsent, isDay } from '../read-value.ts'

/**
 * Checks the values of a record's custom fields; answers them. What the record had already is not asked again: it may be
 * of a definition that has changed since, or imported. Throws ServiceError that names the key.
 */
export type FieldChecker = (
  fieldMap: Record<string, unknown>,
  before?: Readonly<Record<string, unknown>>,
) => Record<string, unknown>

/**
 * A checker for a company (F2). Where the company has defined no fields, every map is kept as it is: so do programs written
 * for the platform go on working.
 */
export async function createFieldChecker(tx: ReadTx): Promise<FieldChecker> {
  const fields = await allCustomFields(tx)
  const byKey = new Map(fields.map((field) => [field.key, field]))
  return (fieldMap, before = {}) => {
    refuseMany(fieldMap)
    if (fields.length === 0) return fieldMap
    for (const [key, value] of Object.entries(fieldMap)) {
      if (Object.hasOwn(before, key) && toJson(value) === toJson(before[key])) continue
      const field = byKey.get(key)
      if (!field) throw refused(key, `没有定义；已定义的见 POST /openapi/crm/follow/field/list`)
      if (isGiven(value)) checkValue(field, value)
    }
    for (const field of fields) {
      if (field.required && !(Object.hasOwn(fieldMap, field.key) && isGiven(fieldMap[field.key]))) {
        throw new ServiceError(
          'paramMissing',
          `缺少必填的自定义字段 field_map.${field.key}（${field.name}）`,
          {
            field: `field_map.${field.key}`,
          },
        )
      }
    }
    return fieldMap
  }
}

function refuseMany(fieldMap: Record<string, unknown>): void {
  const count = Object.keys(fieldMap).length
  if (count <= MAX_ENTRIES) return
  throw new ServiceError('paramRange', `参数 field_map 有 ${count} 个键，最多 ${MAX_ENTRIES} 个`, {
    field: 'field_map',
  })
}

/** Ids of the options; undefined where none are known (an import may bring such a field): then any value will do. */
function optionIdsOf({ options }: CustomField): ReadonlySet<string> | undefined {
  const ids = (JSON.parse(options ?? '[]') as { id: string }[]).map(({ id }) => id)
  return ids.length > 0 ? new Set(ids) : undefined
}

/** As everywhere in requests (C7). */
function isGiven(value: unknown): boolean {
  return !isAbsent(value, { emptyIsAbsent: true })
}

function checkValue(field: CustomField, value: unknown): void {
  const wanted = wantedOf(field, value)
  if (wanted !== undefined) throw refused(field.key, `（${field.name}）${wanted}，收到 ${shown(value)}`)
}

/** What a value should be, or undefined when it is. */
function wantedOf(field: CustomField, value: unknown): string | undefined {
  switch (field.type) {
    case 'text':
      return typeof value === 'string' || isNumber(value) ? undefined : '须为文字'
    case 'number':
      return isNumber(value) || (typeof value === 'string' && NUMBER.test(value.trim()))
        ? undefined
        : '须为数字'
    case 'date':
      return typeof value === 'string' && isDay(value) ? undefined : '须为日期，格式为 yyyy-MM-dd'
    case 'datetime':
      return isMoment(value)
        ? undefined
        : '须为时间，格式为 yyyy-MM-dd HH:mm:ss 或 yyyy-MM-dd HH:mm，或毫秒时间戳'
    case 'single':
      return isOption(optionIdsOf(field), value) ? undefined : `须为一个选项：${optionsText(field)}`
    case 'multi':
      return isListOfOptions(optionIdsOf(field), value) ? undefined : `须为选项的列表：${optionsText(field)}`
    default:
      return undefined
  }
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || isRawJson(value)
}

function isMoment(value: unknown): boolean {
  if (typeof value !== 'string') return isMilliseconds(value)
  if (/^\d+$/.test(value)) return isMilliseconds(Number(value))
  const [, day, hour, minute, second = '00'] =
    /^(\d{4}-\d{2}-\d{2}) (\d{2}):(\d{2})(?::(\d{2}))?$/.exec(value) ?? []
  return day !== undefined && isDay(day) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
}

/** From 1973 on: what is smaller are seconds. */
function isMilliseconds(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 100_000_000_000
}

/** An option: its id, or an object with its id. */
function isOption(optionIds: ReadonlySet<string> | undefined, value: unknown): boolean {
  if (!optionIds) return true
  const given = isRawJson(value) || typeof value !== 'object' ? value : (value as { id?: unknown } | null)?.id
  const id = isRawJson(given) ? given.rawJSON : given
  return (typeof id === 'string' || typeof id === 'number') && optionIds.has(String(id))
}

function isListOfOptions(optionIds: ReadonlySet<string> | undefined, value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => isOption(optionIds, entry))
}

function optionsText({ options }: CustomField): string {
  const known = JSON.parse(options ?? '[]') as { id: string; name: string }[]
  const texts = known.slice(0, 10).map(({ id, name }) => `${shorten(id)}（${shorten(name)}）`)
  return `${texts.join('、')}${known.length > 10 ? '…' : ''}`
}

function refused(key: string, problem: string): ServiceError {
  const field = `field_map.${shorten(key)}`
  return new ServiceError('paramInvalid', `参数 ${field} ${problem}`, { field })
}

function shown(value: unknown): string {
  if (isRawJson(value)) return shorten(value.rawJSON)
  return shorten(JSON.stringify(value))
}
