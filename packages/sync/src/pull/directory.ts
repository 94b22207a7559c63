import { type GenjinClient, toJson } from 'genjin-client'
import { unlessLacking } from '../source.ts'

/** Bundle lines of what stands beside follow-ups, and the kinds of lines that the source has no list of. */
export async function directoryLines(client: GenjinClient): Promise<{ lines: string[]; missing: string[] }> {
  const lines: string[] = []
  const missing: string[] = []
  const take = async <R>(kind: string, records: AsyncIterable<R>, fields: (record: R) => object) => {
    const found = await unlessLacking(Array.fromAsync(records))
    if (!found) missing.push(kind)
    for (const record of found ?? []) lines.push(toJson({ kind, ...fields(record) }))
  }
  await take('department', client.department.list(), ({ id, name, parent_id, order }) => ({
    id: bare(id),
    name,
    parent_id: bare(parent_id),
    order: bare(order),
  }))
  await take('staff', client.staff.list(), (staff) => ({
    user_id: staff.userId,
    name: staff.username,
    department_ids: staff.department_id ? staff.department_id.split(',').map(bare) : [],
    main_department_id: bare(staff.main_department_id),
    status: bare(staff.status),
    alias: staff.alias,
    mobile: staff.mobile,
    position: staff.position,
    email: staff.email,
    avatar: staff.avatar,
  }))
  await take('follow_type', client.followType.list(), (type) => ({ ...type, id: bare(type.id) }))
  await take('custom_field', client.customField.list(), (field) => field)
  return { lines, missing }
}

/** Digits as the bare number that export writes; anything else stays, for import to refuse. */
function bare(digits: string | null): bigint | string | null {
  return digits !== null && /^-?\d+$/.test(digits) ? BigInt(digits) : digits
}
