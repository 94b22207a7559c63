import type { FollowListParams } from 'genjin-client'
import { OPERATIONS } from 'genjin-contract'
import { type CommandCall, given, type Options, option } from './command.ts'

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

/** The filters of follow/list as options: `follow_dep_ids` is --follow-dep-ids; lists are written with commas. */
export const FILTER_OPTIONS: Options = Object.fromEntries(
  Object.entries(FIELDS).map(([name, { type, description: zh, 'x-description-en': en }]) => [
    optionOf(name),
    option(type === 'array' ? 'A,B,…' : 'VALUE', zh, en),
  ]),
)

/** The filters that were given, as follow/list takes them. The server checks them. */
export function filtersOf(call: CommandCall): FollowListParams {
  const filters = Object.entries(FIELDS).flatMap(([name, field]) => {
    const text = given(call, optionOf(name))
    return text === undefined ? [] : [[name, parsed(text, field)]]
  })
  return Object.fromEntries(filters)
}

function parsed(text: string, { type, format, items }: Field): unknown {
  if (type === 'array') return text.split(',').map((entry) => parsed(entry.trim(), items as Field))
  // Ids of 64 bits stay text: the client sends them as bare numbers.
  return type === 'integer' && format === 'int32' && /^-?\d+$/.test(text) ? Number(text) : text
}

function optionOf(name: string): string {
  return name.replaceAll('_', '-')
}
