import { type FieldType, isEmpty, readField, toJson } from 'genjin-record'
import { paramError, ServiceError } from '../../errors.ts'
import { MAX_ENTRIES } from '../../json.ts'
import { allCustomFields, type CustomField } from '../../store/dictionary.ts'
import type { ReadTx } from '../../store/port.ts'
import { shorten } from '../message-text.ts'

/**
 * Checks the values of a record's custom fields and returns them. Values that the record had before are not checked again:
 * they may come from an earlier definition or an import. Throws ServiceError naming the key.
 */
export type FieldChecker = (
  fieldMap: Record<string, unknown>,
  before?: Readonly<Record<string, unknown>>,
) => Record<string, unknown>

/**
 * A checker for a company (F2). Where the company has defined no fields, every map is kept as it is: so
 * programs written for the platform keep working.
 */
export async function createFieldChecker(tx: ReadTx): Promise<FieldChecker> {
  const fields = (await allCustomFields(tx)).map(withOptions)
  const byKey = new Map(fields.map((field) => [field.key, field]))
  return (fieldMap, before = {}) => {
    refuseMany(fieldMap)
    if (fields.length === 0) return fieldMap
    for (const [key, value] of Object.entries(fieldMap)) {
      if (Object.hasOwn(before, key) && toJson(value) === toJson(before[key])) continue
      const field = byKey.get(key)
      if (!field) throw refused(key, ` 没有定义；已定义的见 POST /openapi/crm/follow/field/list`)
      if (!isEmpty(value)) checkValue(field, value)
    }
    for (const field of fields) {
      if (field.required && (!Object.hasOwn(fieldMap, field.key) || isEmpty(fieldMap[field.key]))) {
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
  throw paramError('paramRange', 'field_map', ` 有 ${count} 个键，最多 ${MAX_ENTRIES} 个`)
}

interface CheckedField extends Omit<CustomField, 'options'> {
  /** Names of the options by their ids, which may be many: read when a value is checked by them, and once. */
  readonly options: () => ReadonlyMap<string, string>
}

function withOptions(field: CustomField): CheckedField {
  let known: ReadonlyMap<string, string> | undefined
  const read = () =>
    new Map(
      (JSON.parse(field.options ?? '[]') as { id: string; name: string }[]).map(({ id, name }) => [id, name]),
    )
  return {
    ...field,
    options: () => {
      known ??= read()
      return known
    },
  }
}

function checkValue(field: CheckedField, value: unknown): void {
  const wanted = wantedOf(field, value)
  if (wanted !== undefined) throw refused(field.key, `（${field.name}）${wanted}，收到 ${shown(value)}`)
}

/** What a value should be, or undefined when it is. */
function wantedOf(field: CheckedField, value: unknown): string | undefined {
  const type = field.type as FieldType
  if (type === 'single' || type === 'multi') return wantedOption(field, value)
  return readField(type, value) === undefined ? WANTED[type] : undefined
}

const WANTED: Readonly<Record<Exclude<FieldType, 'single' | 'multi'>, string>> = {
  text: '须为文字',
  number: '须为数字',
  date: '须为日期，格式为 yyyy-MM-dd',
  datetime: '须为时间，格式为 yyyy-MM-dd HH:mm:ss 或 yyyy-MM-dd HH:mm，或毫秒时间戳',
}

function wantedOption(field: CheckedField, value: unknown): string | undefined {
  const isMulti = field.type === 'multi'
  const known = field.options()
  // An import may bring a field without options: any value will do.
  if (known.size === 0) return isMulti && !Array.isArray(value) ? '须为选项的列表' : undefined
  const option = readField('single', value)
  const options = isMulti ? readField('multi', value) : option && [option]
  if (options?.every(({ id }) => known.has(id))) return undefined
  return `须为${isMulti ? '选项的列表' : '一个选项'}：${optionsText(known)}`
}

const SHOWN_OPTIONS = 10

function optionsText(options: ReadonlyMap<string, string>): string {
  const shown = [...options.entries().take(SHOWN_OPTIONS)]
  const texts = shown.map(([id, name]) => `${shorten(id)}（${shorten(name)}）`)
  return `${texts.join('、')}${options.size > SHOWN_OPTIONS ? '…' : ''}`
}

function refused(key: string, problem: string): ServiceError {
  return new ServiceError('paramInvalid', `参数 field_map.${shorten(key)}${problem}`, {
    field: `field_map.${key}`,
  })
}

function shown(value: unknown): string {
  return shorten(toJson(value))
}
