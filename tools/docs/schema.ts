import { ENGLISH } from './english.ts'
import { type Language, prose } from './language.ts'

/** What the pages need of a JSON schema. */
export interface Schema {
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly 'x-origin'?: 'ours'
}

/** A row of the tables of parameters and of answer fields. */
export interface Field {
  /** Dotted: `remind.time`, `records[].user_id`. */
  readonly path: string
  readonly schema: Schema
  readonly nullable: boolean
  readonly required: boolean
  readonly ours: boolean
}

/** The fields of an object, each followed by those inside it. */
export function fieldsOf(schema: Schema, prefix = '', ours = false): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, given]) => {
    const required = schema.required?.includes(key) ?? false
    return fieldAndInside(`${prefix}${key}`, given, required, ours)
  })
}

export function fieldAndInside(path: string, given: Schema, required: boolean, ours = false): Field[] {
  const [inner] = given.anyOf ?? []
  const schema = inner ?? given
  const added = ours || schema['x-origin'] === 'ours'
  const inside = schema.items
    ? fieldsOf(schema.items, `${path}[].`, added)
    : fieldsOf(schema, `${path}.`, added)
  return [{ path, schema, nullable: inner !== undefined, required, ours: added }, ...inside]
}

/** `int64`, `string[]`, `string 或 null`. */
export function typeText({ schema, nullable }: Field, language: Language): string {
  const or = { zh: '或', en: 'or' }[language]
  return nullable ? `${typeName(schema, language)} ${or} null` : typeName(schema, language)
}

function typeName(schema: Schema, language: Language): string {
  if (schema.type === 'array') return `${typeName(schema.items ?? {}, language)}[]`
  if (schema.type === 'integer') return schema.format ?? 'integer'
  return schema.type ?? { zh: '任意', en: 'any' }[language]
}

/** What parts of an answer are that have no description of their own. */
const UNDESCRIBED: Readonly<Record<string, { zh: string; en: string }>> = {
  data: { zh: '结果', en: 'the result' },
  record: { zh: '跟进记录', en: 'the follow-up' },
  departments: { zh: '部门', en: 'departments' },
  staff: { zh: '员工', en: 'staff' },
}

export function descriptionOf({ path, schema }: Field, language: Language): string {
  if (schema.description === undefined) {
    const text = UNDESCRIBED[path.split('.').at(-1) as string]
    if (!text) throw new Error(`${path} has no description`)
    return text[language]
  }
  if (language === 'zh') return prose(schema.description)
  const english = ENGLISH[schema.description]
  if (english === undefined) throw new Error(`docs-english.ts has no English of: ${schema.description}`)
  return english
}

/** The limits that a schema states, in words. */
export function limitsOf(schema: Schema, language: Language): string[] {
  const { minimum, maximum, maxLength, maxItems } = schema
  const items = schema.items?.maxLength
  const values = schema.enum ?? schema.items?.enum
  const limits = {
    zh: [
      values && `可取 ${values.join('、')}`,
      minimum !== undefined && (maximum === undefined ? `不小于 ${minimum}` : `${minimum} 到 ${maximum}`),
      maxLength !== undefined && `最长 ${maxLength} 个字符`,
      maxItems !== undefined && `最多 ${maxItems} 项`,
      items !== undefined && `每项最长 ${items} 个字符`,
      schema.default !== undefined && `默认 ${schema.default}`,
    ],
    en: [
      values && `one of ${values.join(', ')}`,
      minimum !== undefined && (maximum === undefined ? `at least ${minimum}` : `${minimum} to ${maximum}`),
      maxLength !== undefined && `at most ${maxLength} characters`,
      maxItems !== undefined && `at most ${maxItems} entries`,
      items !== undefined && `entries of at most ${items} characters`,
      schema.default !== undefined && `default ${schema.default}`,
    ],
  }
  return limits[language].filter((limit) => typeof limit === 'string')
}
