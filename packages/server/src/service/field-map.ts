import { ServiceError } from '../errors.ts'
import { isRawJson } from '../json.ts'
import { allCustomFields, type CustomField } from '../store/dictionary.ts'
import type { ReadTx } from '../store/port.ts'
import { isDay } from './read-value.ts'
import { show } from './show.ts'

/** Checks the values of a record's custom fields; answers them. Throws ServiceError that names the key. */
export type FieldChecker = (fieldMap: Record<string, unknown>) => Record<string, unknown>

/**
 * A checker for a company (F2). Where the company has defined no fields, every map is kept as it is: so do programs written
 * for the platform go on working.
 */
export async function createFieldChecker(tx: ReadTx): Promise<FieldChecker> {
  const fields = await allCustomFields(tx)
  if (fields.length === 0) return (fieldMap) => fieldMap
  const byKey = new Map(fields.map((field) => [field.key, { ...field, optionIds: optionIdsOf(field) }]))
  return (fieldMap) => {
    for (const [key, value] of Object.entries(fieldMap)) {
      const field = byKey.get(key)
      if (!field) throw refused(key, `没有定义;已定义的见 POST /openapi/crm/follow/field/list`)
      if (isGiven(value)) checkValue(field, value)
    }
    for (const field of fields) {
      if (field.required && !isGiven(fieldMap[field.key])) {
        throw new ServiceError('paramMissing', `缺少必填的自定义字段 field_map.${field.key}(${field.name})`, {
          field: `field_map.${field.key}`,
        })
      }
    }
    return fieldMap
  }
}

interface KnownField extends CustomField {
  readonly optionIds: ReadonlySet<string>
}

function optionIdsOf({ options }: CustomField): ReadonlySet<string> {
  if (options === null) return new Set()
  return new Set((JSON.parse(options) as { id: string }[]).map(({ id }) => id))
}

/** As everywhere in requests (C7): null, "" and [] are "not given". */
function isGiven(value: unknown): boolean {
  return (
    value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
  )
}

function checkValue(field: KnownField, value: unknown): void {
  const wanted = wantedOf(field, value)
  if (wanted !== undefined) throw refused(field.key, `(${field.name})${wanted},收到 ${shown(value)}`)
}

/** What a value should be, or undefined when it is. */
function wantedOf(field: KnownField, value: unknown): string | undefined {
  switch (field.type) {
    case 'text':
      return typeof value === 'string' || isNumber(value) ? undefined : '须为文字'
    case 'number':
      return isNumber(value) || (typeof value === 'string' && NUMBER.test(value.trim()))
        ? undefined
        : '须为数字'
    case 'date':
      return typeof value === 'string' && isDay(value) ? undefined : '须为日期,格式为 yyyy-MM-dd'
    case 'datetime':
      return isMoment(value) ? undefined : '须为时间,格式为 yyyy-MM-dd HH:mm:ss,或毫秒时间戳'
    case 'single':
      return isOption(field, value) ? undefined : `须为一个选项:${optionsText(field)}`
    case 'multi':
      return Array.isArray(value) && value.every((entry) => isOption(field, entry))
        ? undefined
        : `须为选项的列表:${optionsText(field)}`
    default:
      return undefined
  }
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || isRawJson(value)
}

function isMoment(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0
  const [, day, hour, minute, second = '00'] =
    (typeof value === 'string' && /^(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?$/.exec(value)) || []
  return day !== undefined && isDay(day) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
}

/** An option: its id, or an object with its id. */
function isOption({ optionIds }: KnownField, value: unknown): boolean {
  const id = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : value
  return typeof id === 'string' && optionIds.has(id)
}

function optionsText({ options }: KnownField): string {
  const known = JSON.parse(options ?? '[]') as { id: string; name: string }[]
  const texts = known.slice(0, 10).map(({ id, name }) => `${show(id)}(${show(name)})`)
  return `${texts.join('、')}${known.length > 10 ? '…' : ''}`
}

function refused(key: string, problem: string): ServiceError {
  const field = `field_map.${show(key)}`
  return new ServiceError('paramInvalid', `参数 ${field} ${problem}`, { field })
}

function shown(value: unknown): string {
  if (isRawJson(value)) return show(value.rawJSON)
  return show(JSON.stringify(value))
}
