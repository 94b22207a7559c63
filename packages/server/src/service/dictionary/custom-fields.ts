import type { CustomFieldSaveBody, DataOf } from 'genjin-contract'
import { characterCount, toJson } from 'genjin-record'
import { paramError, ServiceError } from '../../errors.ts'
import {
  allCustomFields,
  type CustomField,
  customFieldPage,
  customFieldsByKey,
  deleteCustomField,
  upsertCustomField,
} from '../../store/dictionary.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { audit } from '../audit.ts'
import type { Call } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { refuseRepeated, shorten, trimmed } from '../message-text.ts'
import { tablePage } from '../page.ts'

/** Most custom fields of a company: every follow/create reads them all. */
const MAX_FIELDS = 200

/** Most characters of all their options together. */
const MAX_OPTIONS_LENGTH = 1024 * 1024

type CustomFieldRecord = DataOf<'customFieldSave'>

/** POST /openapi/crm/follow/field/list: by key (F3). */
export function customFieldList(call: Call<'customFieldList'>) {
  return tablePage(call, 'custom_field', customFieldPage, recordOf)
}

/** POST /openapi/crm/follow/field/save: adds a field, or replaces the one with its key (F3). */
export function customFieldSave(call: Call<'customFieldSave'>) {
  return write(call, async (tx) => {
    const options = optionsOf(call.input)
    const field = {
      key: trimmed('key', call.input.key),
      name: trimmed('name', call.input.name),
      type: call.input.type,
      options: options ? toJson(options) : null,
      required: call.input.required ?? false,
    }
    const before = await requireWritable(tx, field)
    await upsertCustomField(tx, field)
    await noted(call, tx, before, field)
    return recordOf(field)
  })
}

/** POST /openapi/crm/follow/field/delete: the definition; values in follow-ups stay (F3). Returns what was deleted. */
export function customFieldDelete(call: Call<'customFieldDelete'>) {
  return write(call, async (tx) => {
    const [field] = await customFieldsByKey(tx, [call.input.key])
    if (!field) {
      throw paramError(
        'notFound',
        'key',
        ` 不是本企业的自定义字段：${shorten(call.input.key)}；已定义的见 POST /openapi/crm/follow/field/list`,
      )
    }
    await deleteCustomField(tx, field.key)
    await noted(call, tx, field, undefined)
    return recordOf(field)
  })
}

/** Notes the change in the audit trail. */
async function noted(
  {
    context,
    session,
    operation,
  }: Pick<Call<'customFieldSave' | 'customFieldDelete'>, 'context' | 'session' | 'operation'>,
  tx: WriteTx,
  from: CustomField | undefined,
  to: CustomField | undefined,
): Promise<void> {
  const subject = (to ?? from)?.key ?? ''
  await audit(
    context,
    tx,
    session,
    operation,
    subject,
    from && { ...recordOf(from) },
    to && { ...recordOf(to) },
  )
}

function recordOf({ key, name, type, options, required }: CustomField): CustomFieldRecord {
  return { key, name, type, options: options === null ? null : JSON.parse(options), required }
}

/** Throws when a type with options has none or repeats one, and when another type has any. */
function optionsOf({ type, options }: CustomFieldSaveBody): CustomFieldSaveBody['options'] {
  if (type !== 'single' && type !== 'multi') {
    if (options === undefined) return undefined
    throw paramError(
      'paramInvalid',
      'options',
      ` 只用于 type 为 single 或 multi 的字段，这里 type 是 ${type}：请去掉 options`,
    )
  }
  if (options === undefined) {
    throw new ServiceError('paramMissing', `缺少必填参数 options（选项）：type 为 ${type} 时必填`, {
      field: 'options',
    })
  }
  refuseRepeated(
    'options',
    'id',
    options.map(({ id }) => id),
  )
  return options
}

/** What stands under its key now. Throws unless the field can take its place. */
async function requireWritable(tx: ReadTx, field: CustomField): Promise<CustomField | undefined> {
  const fields = await allCustomFields(tx)
  const stored = fields.find(({ key }) => key === field.key)
  if (stored && stored.type !== field.type) {
    throw new ServiceError(
      'conflict',
      `自定义字段 ${shorten(field.key)} 的类型是 ${stored.type}，建立后不能改为 ${field.type}：请换一个 key，或先删除它`,
      { field: 'type' },
    )
  }
  if (!stored && fields.length >= MAX_FIELDS) {
    throw new ServiceError(
      'conflict',
      `自定义字段已有 ${MAX_FIELDS} 个，最多 ${MAX_FIELDS} 个：请先删除不用的字段（follow/field/delete）`,
      { field: 'key' },
    )
  }
  const length = [...fields.filter(({ key }) => key !== field.key), field].reduce(
    (total, { options }) => total + characterCount(options ?? ''),
    0,
  )
  const grows = characterCount(field.options ?? '') > characterCount(stored?.options ?? '')
  if (grows && length > MAX_OPTIONS_LENGTH) {
    throw new ServiceError(
      'conflict',
      `全部自定义字段的选项合计 ${length} 个字符，最多 ${MAX_OPTIONS_LENGTH} 个：请缩短或减少选项`,
      { field: 'options' },
    )
  }
  return stored
}
