import type { FollowListParams } from 'genjin-client'
import { OPERATIONS } from 'genjin-contract'
import type { CommandCall, Option } from './command.ts'

interface Field {
  readonly type?: string
  readonly format?: string
  readonly items?: Field
  readonly description: string
  readonly 'x-description-en': string
}

const {
  current_index: _index,
  page_size: _size,
  ...FIELDS
} = OPERATIONS.followList.body.properties as unknown as Record<string, Field>

/** The filters of follow/list as options: `follow_dep_ids` is --follow-dep-ids, a list is written with commas. */
export const FILTER_OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  Object.entries(FIELDS).map(([name, { type, description: zh, 'x-description-en': en }]) => [
    optionOf(name),
    {
      type: 'string',
      value: type === 'array' ? 'A,B,…' : 'VALUE',
      zh,
      en,
    } satisfies Option,
  ]),
)

/** The filters that were given, as follow/list takes them. What is wrong with one, the server says. */
export function filtersOf(call: CommandCall): FollowListParams {
  const given = Object.entries(FIELDS).flatMap(([name, field]) => {
    const text = call.options[optionOf(name)] as string | undefined
    return text === undefined ? [] : [[name, parsed(text, field)]]
  })
  return Object.fromEntries(given)
}

function parsed(text: string, { type, format, items }: Field): unknown {
  if (type === 'array') return text.split(',').map((entry) => parsed(entry.trim(), items as Field))
  // Long ids stay texts: the client sends them as bare numbers.
  return type === 'integer' && format === 'int32' && /^-?\d+$/.test(text) ? Number(text) : text
}

function optionOf(name: string): string {
  return name.replaceAll('_', '-')
}
