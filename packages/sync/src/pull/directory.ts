import { type GenjinClient, toJson } from 'genjin-client'
import { isUnavailable } from '../../../cli/src/source.ts'

/** Bundle lines of what stands beside follow-ups. Lists that the source does not have are left out, and named. */
export async function directoryLines(client: GenjinClient): Promise<{ lines: string[]; missing: string[] }> {
  const lines: string[] = []
  const missing: string[] = []
  const take = async <R>(name: string, records: AsyncIterable<R>, line: (record: R) => object) => {
    try {
      for await (const record of records) lines.push(toJson(line(record)))
    } catch (error) {
      if (!isUnavailable(error)) throw error
      missing.push(name)
    }
  }
  await take('department', client.department.list(), ({ id, name, parent_id, order }) => ({
    kind: 'department',
    id: bare(id),
    name,
    parent_id: bare(parent_id),
    order: bare(order),
  }))
  await take('staff', client.staff.list(), (staff) => ({
    kind: 'staff',
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
  await take('follow_type', client.followType.list(), (type) => ({
    kind: 'follow_type',
    ...type,
    id: bare(type.id),
  }))
  await take('custom_field', client.customField.list(), (field) => ({ kind: 'custom_field', ...field }))
  return { lines, missing }
}

/** A number as export writes it; what is none stays as it is, for import to tell. */
function bare(digits: string | null): bigint | string | null {
  return digits !== null && /^-?\d+$/.test(digits) ? BigInt(digits) : digits
}
