import type { Static } from 'typebox'
import {
  Bool,
  described,
  IdText,
  Int32,
  Int64,
  List,
  Milliseconds,
  Nullable,
  optional,
  paging,
  StringEnum,
  Text,
} from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

/** What a person may see and do: `staff` their own, `manager` that of their departments too, `admin` the whole company. */
export const ROLES = ['staff', 'manager', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Ways to sign in. */
const SIGN_IN_WAYS = ['password', 'passkey', 'oidc', 'wecom', 'demo'] as const
export type SignInWay = (typeof SIGN_IN_WAYS)[number]

/** How long an invitation is good. */
export const INVITATION_HOURS = 24

/** Shortest and longest password, in characters. */
export const PASSWORD_LENGTH = { least: 10, most: 200 } as const

const PERSON_STATES = ['invited', 'active', 'disabled', 'left'] as const

export const words = {
  role: {
    zh: '角色：staff-员工，manager-主管，admin-管理员',
    en: 'role: staff, manager (of departments), admin',
  },
  departments: {
    zh: '所管的部门ID列表，含下级部门；只用于主管',
    en: 'IDs of the departments that a manager leads, with those below',
  },
  way: {
    zh: '登录方式：password-密码，passkey-通行密钥，oidc-单点登录，wecom-企业微信，demo-演示',
    en: 'way to sign in: password, passkey, oidc, wecom, demo',
  },
  state: {
    zh: '状态：invited-已邀请，active-可登录，disabled-已停用，left-已离职',
    en: 'state: invited, active, disabled, left',
  },
  sessions: { zh: '登录，最近使用的在前', en: 'the sessions, last used first' },
  sessionId: { zh: '登录编号', en: 'session ID' },
  createdAt: { zh: '建立时间（毫秒时间戳）', en: 'when it was made, in ms' },
  language: { zh: '界面语言：zh-中文，en-英文', en: 'language of the pages: zh or en' },
  appearance: {
    zh: '外观：auto-跟随系统，light-浅色，dark-深色',
    en: 'appearance: auto (as the system), light, dark',
  },
} as const

export const Departments = List(Int64(), words.departments)

/** A place where a person is signed in. */
export const SessionRecord = Type.Object({
  id: Text(words.sessionId),
  way: StringEnum(SIGN_IN_WAYS, words.way),
  created_at: Milliseconds({ zh: '登录时间（毫秒时间戳）', en: 'when it began, in ms' }),
  seen_at: Milliseconds({
    zh: '最近使用时间（毫秒时间戳，精确到 5 分钟）',
    en: 'last used, in ms, to 5 minutes',
  }),
  expires_at: Milliseconds({
    zh: '失效时间（毫秒时间戳）；7 天不使用则提前失效',
    en: 'when it ends, in ms; after 7 days without use it ends earlier',
  }),
  address: Text({ zh: '登录时的网络地址', en: 'network address at the sign-in' }),
  agent: Text({ zh: '登录时的浏览器', en: 'browser at the sign-in' }),
  current: Bool({ zh: '是否就是这一次登录', en: 'whether it is the one that asks' }),
})

export const PasskeyRecord = Type.Object({
  id: Text({ zh: '通行密钥编号', en: 'passkey ID' }),
  name: Text({ zh: '名称', en: 'name' }),
  created_at: Milliseconds(words.createdAt),
  used_at: Nullable(Milliseconds({ zh: '最近使用时间（毫秒时间戳）', en: 'last used, in ms' })),
})

export const PersonRecord = Type.Object({
  user_id: Text(TERMS.staffId),
  name: Nullable(Text({ zh: '姓名；员工已删除时为 null', en: 'name; null when the staff member is gone' })),
  role: StringEnum(ROLES, words.role),
  department_ids: Departments,
  state: StringEnum(PERSON_STATES, words.state),
  invited_until: Nullable(
    Milliseconds({ zh: '邀请的失效时间（毫秒时间戳）', en: 'when the invitation ends, in ms' }),
  ),
  has_password: Bool({ zh: '是否已设密码', en: 'whether a password is set' }),
  passkeys: Int32({ zh: '通行密钥个数', en: 'number of passkeys' }),
  sessions: Int32({ zh: '登录个数', en: 'number of sessions' }),
  seen_at: Nullable(Milliseconds({ zh: '最近使用时间（毫秒时间戳）', en: 'last seen, in ms' })),
})

export const PersonListBody = Type.Object(paging)

const userId = IdText(TERMS.staffId)

export const PersonUserBody = Type.Object({ user_id: userId })

export const PersonInviteBody = Type.Object({
  user_id: userId,
  role: Type.Optional(
    StringEnum(ROLES, { ...words.role, zh: `${words.role.zh}；新加入时默认 staff，否则不变` }),
  ),
  department_ids: Type.Optional(Departments),
})

export const Invitation = Type.Object({
  user_id: Text(TERMS.staffId),
  link: Text({
    zh: '邀请链接，只能使用一次；未设置 GENJIN_URL 时为路径',
    en: 'the link of the invitation, good once; a path when GENJIN_URL is not set',
  }),
  expires_at: Milliseconds({ zh: '失效时间（毫秒时间戳）', en: 'when it ends, in ms' }),
})

export const PersonRoleBody = Type.Object({
  user_id: userId,
  role: StringEnum(ROLES, words.role),
  department_ids: Type.Optional(Departments),
})

/** How many sessions were ended. */
export const EndedSessions = Type.Object({
  ended: Int32({ zh: '结束的登录个数', en: 'number of sessions that were ended' }),
})

export const PersonSessions = Type.Object({
  sessions: Type.Array(SessionRecord, described(words.sessions)),
})

export const Preferences = Type.Object(
  {
    language: StringEnum(['zh', 'en'], words.language),
    appearance: StringEnum(['auto', 'light', 'dark'], words.appearance),
  },
  described({ zh: '偏好', en: 'the preferences' }),
)

/** A person as the bundle carries it: without anything secret. */
export const PersonLine = Type.Object({
  user_id: userId,
  role: StringEnum(ROLES, words.role),
  ...optional({
    department_ids: Departments,
    disabled: Bool({ default: false, zh: '是否已停用', en: 'whether the person is disabled' }),
  }),
})
export type PersonLine = Static<typeof PersonLine>
