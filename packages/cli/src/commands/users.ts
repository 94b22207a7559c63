import { columns } from '../columns.ts'
import {
  CliError,
  CORP_OPTION,
  type CommandCall,
  EXIT,
  flag,
  given,
  option,
  requireOption,
  usageError,
} from '../command.ts'
import { databaseCommand } from '../database.ts'
import { timeText } from '../time-text.ts'

/** Commands about people who sign in. */

const ROLES = { staff: '员工', manager: '主管', admin: '管理员' } as const
const STATES = { invited: '已邀请', active: '可登录', disabled: '已停用', left: '已离职' } as const
const WAYS = {
  password: '密码',
  passkey: '通行密钥',
  oidc: '单点登录',
  wecom: '企业微信',
  demo: '演示',
} as const

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
    const rows = people.map((person) => [
      person.user_id,
      person.name ?? '—',
      roleText(person.role, person.department_ids),
      stateText(person),
      `登录 ${person.sessions} 处`,
      `最近使用 ${timeText(person.seen_at, corp.timeZone)}`,
    ])
    const empty = `企业 ${corp.id} 还没有可以登录的人员\n下一步：genjin user invite USER_ID --corp ${corp.id} --role admin\n`
    const json = { people: people.map((one) => ({ ...one, department_ids: one.department_ids.map(String) })) }
    return { json, text: columns(rows) || empty }
  },
})

export const userInvite = databaseCommand({
  options: {
    corp: CORP_OPTION,
    role: option(
      'ROLE',
      '角色：staff、manager 或 admin；新加入时默认 staff，否则不变',
      'role: staff, manager or admin; staff for who is new, otherwise as it is',
    ),
    departments: DEPARTMENTS_OPTION,
  },
  required: ['corp'],
  async result({ context }, server, call) {
    const [userId = ''] = call.args
    const role = given(call, 'role')
    const departments = departmentsOf(given(call, 'departments'))
    const asked = {
      user_id: userId,
      ...(role !== undefined && { role: roleOf(role) }),
      ...(departments && { department_ids: departments }),
    }
    if (asked.role !== undefined) requireFitting(asked.role, departments)
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    const invited = await explained(
      `员工 ${userId} 不在企业 ${corp.id} 的通讯录中：请先用 genjin import 或 department/user/save 保存`,
      server.byCommand(context, corp, (tx, session) => server.invitePerson(context, tx, session, asked)),
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
    const [userId = '', word = ''] = call.args
    const role = roleOf(word)
    const departments = departmentsOf(given(call, 'departments')) ?? []
    requireFitting(role, departments)
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    const asked = { user_id: userId, role, department_ids: departments }
    await explained(
      noPerson(call, userId),
      server.byCommand(context, corp, (tx, session) => server.changeRole(context, tx, session, asked)),
    )
    return {
      json: { user_id: userId, role, department_ids: departments.map(String) },
      text: `${userId} 现在是${roleText(role, departments)}，须重新登录\n`,
    }
  },
})

export const userDisable = databaseCommand({
  options: { corp: CORP_OPTION },
  required: ['corp'],
  async result({ context }, server, call) {
    const [userId = ''] = call.args
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    await explained(
      noPerson(call, userId),
      server.byCommand(context, corp, (tx, session) => server.disablePerson(context, tx, session, userId)),
    )
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
      const { ended } = await explained(
        noPerson(call, userId),
        server.byCommand(context, corp, (tx, session) => server.endSessionsOf(context, tx, session, userId)),
      )
      return { json: { user_id: userId, ended }, text: `已结束 ${userId} 的 ${ended} 处登录\n` }
    }
    const command = { kind: 'command', corp: corp.key, timeZone: corp.timeZone } as const
    const sessions = await explained(
      noPerson(call, userId),
      context.store.read(corp.key, (tx) => server.sessionsOfPerson(context, tx, command, userId)),
    )
    const rows = sessions.map((one) => [
      `最近使用 ${timeText(one.seen_at, corp.timeZone)}`,
      WAYS[one.way],
      one.address,
      one.agent,
    ])
    return { json: { sessions }, text: columns(rows) || `${userId} 没有登录\n` }
  },
})

/** Who came by a move or an import has no way in yet, unless by WeCom or single sign-on. */
function stateText(person: {
  readonly state: keyof typeof STATES
  readonly has_password: boolean
  readonly passkeys: number
}): string {
  const hasNone = person.state === 'active' && !person.has_password && person.passkeys === 0
  return hasNone ? '没有密码' : STATES[person.state]
}

function roleText(role: keyof typeof ROLES, departments: readonly (bigint | number)[]): string {
  return `${ROLES[role]}${departments.length > 0 ? `（部门 ${departments.join('、')}）` : ''}`
}

function roleOf(text: string): keyof typeof ROLES {
  if (Object.hasOwn(ROLES, text)) return text as keyof typeof ROLES
  const roles = Object.keys(ROLES)
  throw usageError(`角色须为 ${roles.join('、')} 之一 / the role must be one of ${roles.join(', ')}: ${text}`)
}

function departmentsOf(text: string | undefined): bigint[] | undefined {
  if (text === undefined) return undefined
  const ids = text.split(',').map((one) => one.trim())
  if (ids.every((id) => /^\d{1,18}$/.test(id))) return ids.map(BigInt)
  throw usageError(
    `--departments 须为以逗号分隔的部门 ID / must be department IDs separated by commas: ${text}`,
  )
}

/** Managers lead departments, nobody else does. */
function requireFitting(role: keyof typeof ROLES, departments: readonly bigint[] | undefined): void {
  if (role === 'manager' && !departments?.length) {
    throw usageError(
      '主管须有所管的部门：请给出 --departments / a manager leads departments: give --departments',
    )
  }
  if (role !== 'manager' && departments?.length) {
    throw usageError('--departments 只用于主管 / --departments goes with the role manager only')
  }
}

function noPerson(call: CommandCall, userId: string): string {
  return `人员 ${userId} 不存在：请先运行 genjin user invite ${userId} --corp ${given(call, 'corp')}`
}

/** What an operation refuses, for who types commands: with options in place of parameters. */
async function explained<T>(noUser: string, running: Promise<T>): Promise<T> {
  try {
    return await running
  } catch (error) {
    const { kind, field = '' } = error as { kind?: string; field?: string }
    if (kind === 'notFound' && field === 'user_id') throw new CliError(EXIT.failed, noUser, error)
    if (!field.startsWith('department_ids')) throw error
    const message = (error as Error).message.replace(/^参数 \S+ |；部门见.*$/g, '')
    throw new CliError(EXIT.failed, `--departments ${message}：请核对`, error)
  }
}
