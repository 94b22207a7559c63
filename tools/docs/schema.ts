import type { Words } from '../../packages/contract/src/schema.ts'
import type { Language } from './language.ts'

/** What the generators need of a JSON schema. */
export interface Schema {
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly 'x-description-en'?: string
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
  readonly 'x-unit'?: string
}

/** A row of the tables of parameters and of response fields. */
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

export function fieldAndInside(path: string, given: Schema, required: boolean, outerOurs = false): Field[] {
  const [inner] = given.anyOf ?? []
  const schema = inner ?? given
  const ours = outerOurs || schema['x-origin'] === 'ours'
  const inside = schema.items
    ? fieldsOf(schema.items, `${path}[].`, ours)
    : fieldsOf(schema, `${path}.`, ours)
  return [{ path, schema, nullable: inner !== undefined, required, ours }, ...inside]
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

/** Parts of a response that have no description of their own. */
const UNDESCRIBED: Readonly<Record<string, Words>> = {
  data: { zh: '结果', en: 'the result' },
  record: { zh: '跟进记录', en: 'the follow-up' },
}

/** What a field means. Throws when its schema does not say so in this language. */
export function descriptionOf({ path, schema }: Field, language: Language): string {
  const own = { zh: schema.description, en: schema['x-description-en'] }[language]
  const text = own ?? UNDESCRIBED[path.split('.').at(-1) as string]?.[language]
  if (text === undefined) throw new Error(`${path} has no description`)
  return text
}

/** The limits that a schema states, in words. */
export function limitsOf(schema: Schema, language: Language): string[] {
  const { minimum, maximum, maxLength, maxItems } = schema
  const items = schema.items?.maxLength
  const values = schema.enum ?? schema.items?.enum
  const isExplained = values?.every((value) => schema.description?.includes(String(value)))
  const limits = [
    values && !isExplained && { zh: `可取 ${values.join('、')}`, en: `one of ${values.join(', ')}` },
    minimum !== undefined &&
      (maximum === undefined
        ? { zh: `不小于 ${minimum}`, en: `at least ${minimum}` }
        : { zh: `${minimum} 到 ${maximum}`, en: `${minimum} to ${maximum}` }),
    maxLength !== undefined && { zh: `最长 ${maxLength} 个字符`, en: `at most ${maxLength} characters` },
    maxItems !== undefined && { zh: `最多 ${maxItems} 项`, en: `at most ${maxItems} entries` },
    items !== undefined && { zh: `每项最长 ${items} 个字符`, en: `entries of at most ${items} characters` },
    schema.default !== undefined && { zh: `默认 ${schema.default}`, en: `default ${schema.default}` },
  ]
  return limits.flatMap((limit) => (limit ? [limit[language]] : []))
}
