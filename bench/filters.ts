import type { ListBody, Reference } from './reference.ts'

/** A filter that is measured. */
export interface Filter {
  readonly name: string
  readonly body: ListBody
}

const FIRST_PAGE = { current_index: 1, page_size: 20 }
const CUSTOMER = 1
const DEPARTMENT_STAFF = 50

/** The common filters. `busiest`: the value that most follow-ups have. */
export function commonFilters(reference: Reference): Filter[] {
  const { total } = reference.answer(FIRST_PAGE)
  const days = { follow_time_start: '2024-06-01', follow_time_end: '2024-06-30' }
  const [method = 0] = reference.byUse((follow) => [follow.method])
  const [target = ''] = reference.byUse((follow) => follow.targetIds)
  const staff = reference.byUse((follow) => [follow.userId])
  const busiest = staff[0] ?? ''
  const median = staff[staff.length >> 1] ?? ''
  const department = reference.departmentOfAbout(DEPARTMENT_STAFF)
  const last = Math.ceil(total / FIRST_PAGE.page_size)
  return [
    { name: 'no filter', body: FIRST_PAGE },
    { name: 'target type, 30 days', body: { ...FIRST_PAGE, target_type: CUSTOMER, ...days } },
    { name: 'busiest method', body: { ...FIRST_PAGE, follow_type_list: [method] } },
    { name: 'busiest staff member', body: { ...FIRST_PAGE, follow_user_ids: [busiest] } },
    { name: 'median staff member', body: { ...FIRST_PAGE, follow_user_ids: [median] } },
    { name: `department of ~${DEPARTMENT_STAFF}`, body: { ...FIRST_PAGE, follow_dep_ids: [department] } },
    { name: 'busiest target', body: { ...FIRST_PAGE, target_id_list: [target] } },
    { name: 'no filter, last page', body: { ...FIRST_PAGE, current_index: last } },
  ]
}
