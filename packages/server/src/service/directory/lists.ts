import type { DepartmentListQuery, FollowTypeListBody, StaffListQuery } from 'genjin-contract'
import { toJson } from '../../json.ts'
import { countFollowTypes, followTypePage } from '../../store/dictionary.ts'
import { countDepartments, countStaff, departmentPage, type Staff, staffPage } from '../../store/directory.ts'
import type { Context, Session } from '../context.ts'
import { type Page, pageBounds, pageText } from '../page.ts'

/** GET /openapi/department/user/list: staff by user id. Every value is a string. */
export function staffList(context: Context, session: Session, query: StaffListQuery): Promise<Page> {
  const { limit, offset } = pageBounds(query)
  return context.store.read(session.corp, async (tx) => {
    const staff = await staffPage(tx, limit, offset)
    return pageText(
      await countStaff(tx),
      staff.map((member) => toJson(staffRecord(member))),
    )
  })
}

function staffRecord(member: Staff): Record<string, string | null> {
  return {
    userId: member.userId,
    username: member.name,
    alias: member.alias,
    mobile: member.mobile,
    position: member.position,
    email: member.email,
    avatar: member.avatar,
    main_department_id: member.mainDepartmentId?.toString() ?? null,
    department_id: member.departmentIds.join(','),
    status: member.status.toString(),
  }
}

/** GET /openapi/department/list: departments by id. */
export function departmentList(
  context: Context,
  session: Session,
  query: DepartmentListQuery,
): Promise<Page> {
  const { limit, offset } = pageBounds(query)
  return context.store.read(session.corp, async (tx) => {
    const departments = await departmentPage(tx, limit, offset)
    return pageText(
      await countDepartments(tx),
      departments.map(({ id, name, parentId, order }) => toJson({ id, name, parent_id: parentId, order })),
    )
  })
}

/** POST /openapi/crm/follow/type/list: the company's follow methods by id. */
export function followTypeList(context: Context, session: Session, body: FollowTypeListBody): Promise<Page> {
  const { limit, offset } = pageBounds(body)
  return context.store.read(session.corp, async (tx) => {
    const types = await followTypePage(tx, limit, offset)
    return pageText(
      await countFollowTypes(tx),
      types.map(({ id, name, builtin, enabled }) => toJson({ id, name, builtin, enabled })),
    )
  })
}
