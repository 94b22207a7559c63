import { CORP_OPTION, flag, given, option, requireOption, usageError } from '../command.ts'
import { databaseCommand } from '../database.ts'
import { timeText } from '../time-text.ts'

/** Commands about people who sign in. */

const ROLES = { staff: '员工', manager: '主管', admin: '管理员' } as const
const STATES = { invited: '已邀请', active: '可登录', disabled: '已停用', left: '已离职' } as const

/** Rows that one list shows. */
const MOST_ROWS = 100_000

const DEPARTMENTS_OPTION = option(
  'ID,ID',
  '主管所管的部门，含下级',
  'the departments that a manager leads, with those below',
)

export const userList = databaseCommand({
  options: { corp: CORP_OPTION },
  required: ['corp'],
  async result({ context }, server, call) {
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    const people = await context.store.read(corp.key, (tx) => server.listPeople(context, tx, MOST_ROWS, 0))
    const lines = people.map((person) => {
      const departments = person.department_ids.length > 0 ? `（部门 ${person.department_ids.join()}）` : ''
      return [
        person.user_id,
        person.name ?? '—',
        `${ROLES[person.role]}${departments}`,
        STATES[person.state],
        `登录 ${person.sessions} 处`,
        `最近使用 ${timeText(person.seen_at, corp.timeZone)}`,
      ].join('  ')
    })
    const empty = `企业 ${corp.id} 还没有可以登录的人员\n下一步：genjin user invite USER_ID --corp ${corp.id} --role admin`
    const json = { people: people.map((one) => ({ ...one, department_ids: one.department_ids.map(String) })) }
    return { json, text: `${lines.length > 0 ? lines.join('\n') : empty}\n` }
  },
})

export const userInvite = databaseCommand({
  options: {
    corp: CORP_OPTION,
    role: option(
      'ROLE',
      '角色：staff、manager 或 admin；新加入时默认 staff',
      'role: staff, manager or admin; staff for who is new',
    ),
    departments: DEPARTMENTS_OPTION,
  },
  required: ['corp'],
  async result({ context }, server, call) {
    const [userId = ''] = call.args
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    const role = given(call, 'role')
    const departments = departmentsOf(given(call, 'departments'))
    const invited = await server.byCommand(context, corp, (tx, session) =>
      server.invitePerson(context, tx, session, {
        user_id: userId,
        ...(role !== undefined && { role: roleOf(role) }),
        ...(departments && { department_ids: departments }),
      }),
    )
    const isPath = invited.link.startsWith('/')
    const link = isPath ? `http://127.0.0.1:8787${invited.link}` : invited.link
    const note = isPath ? '（GENJIN_URL 没有设置：请把地址换成大家打开的地址）\n' : ''
    const until = timeText(invited.expires_at, corp.timeZone)
    return {
      json: { ...invited, link },
      text: `${link}\n${note}把链接交给 ${userId}：只能使用一次，${until} 前有效。\n`,
    }
  },
})

export const userRole = databaseCommand({
  options: { corp: CORP_OPTION, departments: DEPARTMENTS_OPTION },
  required: ['corp'],
  async result({ context }, server, call) {
    const [userId = '', role = ''] = call.args
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    const asked = {
      user_id: userId,
      role: roleOf(role),
      department_ids: departmentsOf(given(call, 'departments')) ?? [],
    }
    await server.byCommand(context, corp, (tx, session) => server.changeRole(context, tx, session, asked))
    return {
      json: { user_id: userId, role },
      text: `${userId} 现在是${ROLES[asked.role]}，须重新登录\n`,
    }
  },
})

export const userDisable = databaseCommand({
  options: { corp: CORP_OPTION },
  required: ['corp'],
  async result({ context }, server, call) {
    const [userId = ''] = call.args
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    await server.byCommand(context, corp, (tx, session) => server.disablePerson(context, tx, session, userId))
    return { json: { user_id: userId, disabled: true }, text: `已停用 ${userId}，全部登录已结束\n` }
  },
})

export const userSessions = databaseCommand({
  options: { corp: CORP_OPTION, end: flag('结束全部登录', 'end all of them') },
  required: ['corp'],
  async result({ context }, server, call) {
    const [userId = ''] = call.args
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    if (call.options.end) {
      const { ended } = await server.byCommand(context, corp, (tx, session) =>
        server.endSessionsOf(context, tx, session, userId),
      )
      return { json: { user_id: userId, ended }, text: `已结束 ${userId} 的 ${ended} 处登录\n` }
    }
    const command = { kind: 'command', corp: corp.key, timeZone: corp.timeZone } as const
    const sessions = await context.store.read(corp.key, (tx) =>
      server.sessionsOfPerson(context, tx, command, userId),
    )
    const lines = sessions.map((one) =>
      [`最近使用 ${timeText(one.seen_at, corp.timeZone)}`, one.way, one.address, one.agent].join('  '),
    )
    return { json: { sessions }, text: `${lines.length > 0 ? lines.join('\n') : `${userId} 没有登录`}\n` }
  },
})

function roleOf(text: string): keyof typeof ROLES {
  if (Object.hasOwn(ROLES, text)) return text as keyof typeof ROLES
  throw usageError(`角色须为 ${Object.keys(ROLES).join('、')} 之一 / the role must be one of these: ${text}`)
}

function departmentsOf(text: string | undefined): bigint[] | undefined {
  if (text === undefined) return undefined
  const ids = text.split(',').map((one) => one.trim())
  if (ids.every((id) => /^\d{1,18}$/.test(id))) return ids.map(BigInt)
  throw usageError(
    `--departments 须为以逗号分隔的部门 ID / must be department IDs separated by commas: ${text}`,
  )
}
