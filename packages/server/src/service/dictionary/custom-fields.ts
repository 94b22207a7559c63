import type { CustomFieldKeyBody, CustomFieldListBody, CustomFieldSaveBody } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { toJson } from '../../json.ts'
import {
  allCustomFields,
  type CustomField,
  countCustomFields,
  customFieldPage,
  customFieldsByKey,
  deleteCustomField,
  upsertCustomField,
} from '../../store/dictionary.ts'
import type { ReadTx } from '../../store/port.ts'
import type { Context, TokenSession } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { shorten, trimmed } from '../message-text.ts'
import { type Page, pageBounds, pageText } from '../page.ts'

/** Most fields of a company: each create reads them all. */
const MOST_FIELDS = 200

/** Most characters of all their options together. */
const MOST_OPTIONS_LENGTH = 1024 * 1024

/** POST /openapi/crm/follow/field/list: the company's custom fields by key (F3). */
export function customFieldList(
  context: Context,
  session: TokenSession,
  body: CustomFieldListBody,
): Promise<Page> {
  const { limit, offset } = pageBounds(body)
  return context.store.read(session.corp, async (tx) => {
    const fields = await customFieldPage(tx, limit, offset)
    return pageText(await countCustomFields(tx), fields.map(fieldText))
  })
}

/** POST /openapi/crm/follow/field/save: adds a field, or puts it in place of the one of its key (F3). */
export function customFieldSave(
  context: Context,
  session: TokenSession,
  body: CustomFieldSaveBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'follow/field/save', body, key }, async (tx) => {
    const options = optionsOf(body)
    const field = {
      key: trimmed('key', body.key),
      name: trimmed('name', body.name),
      type: body.type,
      options: options ? toJson(options) : null,
      required: body.required ?? false,
    }
    await requireWritable(tx, field)
    await upsertCustomField(tx, field)
    return fieldText(field)
  })
}

/** POST /openapi/crm/follow/field/delete: the definition; values in follow-ups stay (F3). Answers what was deleted. */
export function customFieldDelete(
  context: Context,
  session: TokenSession,
  body: CustomFieldKeyBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'follow/field/delete', body, key }, async (tx) => {
    const [field] = await customFieldsByKey(tx, [body.key])
    if (!field) {
      throw new ServiceError(
        'notFound',
        `参数 key 不是本企业的自定义字段：${shorten(body.key)}；已定义的见 POST /openapi/crm/follow/field/list`,
        { field: 'key' },
      )
    }
    await deleteCustomField(tx, field.key)
    return fieldText(field)
  })
}

function fieldText({ key, name, type, options, required }: CustomField): string {
  return toJson({ key, name, type, options: options === null ? null : JSON.parse(options), required })
}

/** The options of a type that has them. Throws when they are missing, ambiguous or out of place. */
function optionsOf({ type, options }: CustomFieldSaveBody): CustomFieldSaveBody['options'] {
  if (type !== 'single' && type !== 'multi') {
    if (options === undefined) return undefined
    throw new ServiceError(
      'paramInvalid',
      `参数 options 只用于 type 为 single 或 multi 的字段，这里 type 是 ${type}：请去掉 options`,
      { field: 'options' },
    )
  }
  if (options === undefined) {
    throw new ServiceError('paramMissing', `缺少必填参数 options（选项）:type 为 ${type} 时必填`, {
      field: 'options',
    })
  }
  const ids = new Set<string>()
  for (const [index, { id }] of options.entries()) {
    if (ids.has(id)) {
      throw new ServiceError(
        'paramInvalid',
        `参数 options[${index}].id 与前面的选项重复：${shorten(id)}；每个选项的 id 须不同`,
        { field: 'options' },
      )
    }
    ids.add(id)
  }
  return options
}

async function requireWritable(tx: ReadTx, field: CustomField): Promise<void> {
  const fields = await allCustomFields(tx)
  const stored = fields.find(({ key }) => key === field.key)
  if (stored && stored.type !== field.type) {
    throw new ServiceError(
      'conflict',
      `自定义字段 ${shorten(field.key)} 的类型是 ${stored.type}，建立后不能改为 ${field.type}：请换一个 key，或先删除它`,
      { field: 'type' },
    )
  }
  if (!stored && fields.length >= MOST_FIELDS) {
    throw new ServiceError(
      'conflict',
      `自定义字段已有 ${MOST_FIELDS} 个，最多 ${MOST_FIELDS} 个：请先删除不用的字段（follow/field/delete）`,
      { field: 'key' },
    )
  }
  const length = [...fields.filter(({ key }) => key !== field.key), field].reduce(
    (total, { options }) => total + (options?.length ?? 0),
    0,
  )
  const grows = (field.options?.length ?? 0) > (stored?.options?.length ?? 0)
  if (grows && length > MOST_OPTIONS_LENGTH) {
    throw new ServiceError(
      'conflict',
      `全部自定义字段的选项合计 ${length} 个字符，最多 ${MOST_OPTIONS_LENGTH} 个：请缩短或减少选项`,
      { field: 'options' },
    )
  }
}
