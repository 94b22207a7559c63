// Generated from the contract by `npm run client`: do not edit.

/** A 64-bit integer as the client returns it: its digits, exact. */
export type Id = string

/** A 64-bit integer as the client accepts it. */
export type IdLike = string | number | bigint

/** Which page of a list. */
export interface Paging {
  /** 页码，从 1 起 / page number, from 1 */
  current_index?: number
  /** 每页条数 / records per page */
  page_size?: number
}

/** A page of records, and the number of all that match. */
export interface Page<R> {
  total: number
  records: R[]
}

export interface AccessToken {
  /** 访问凭证 / access token */
  access_token: string
  /** 有效期（秒） / lifetime in seconds */
  expires_in: number
  /** 签发时间（秒级时间戳）；过期时间为 create_at + expires_in / when it was issued, in seconds; it expires at create_at + expires_in */
  create_at: number
}

export interface Attachment {
  /** 文件地址 / file URL */
  cos_url: string | null
  /** 文件扩展名 / file extension */
  file_extension: string | null
  /** 素材ID / material ID */
  material_id: string | null
  /** 文件名 / file name */
  name: string | null
  /** 文件类型：web、file、video、image / file type: web, file, video, image */
  type: string | null
}

export interface FollowRecord {
  /** 跟进ID / follow-up ID */
  id: Id
  /** 跟进人ID / ID of the staff member who wrote the follow-up */
  follow_user_id: string
  /** 跟进内容 / content of the follow-up */
  content: string
  /** 跟进对象 / target of the follow-up */
  target: Target
  /** 关联业务类型，取值同 target_type / target type, same values as target_type */
  business_type: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 关联业务ID / target ID */
  business_id: string
  /** 跟进方式ID / follow type ID */
  follow_type: Id | null
  /** 跟进方式名称（当前名称） / name of the follow type as it is now */
  follow_type_desc: string | null
  /** 自定义字段 / custom fields */
  field_map: Record<string, unknown>
  /** 附件列表 / attachments */
  attachment_list: Attachment[]
  /** 跟进地点 / where the follow-up took place */
  location: {
    /** 纬度 / latitude */
    location_lat: string | null
    /** 经度 / longitude */
    location_lng: string | null
    /** 地点名称 / name of the place */
    location_address: string | null
  } | null
  /** 跟进时间（毫秒时间戳） / when the follow-up took place, in ms */
  follow_time: number
  /** 跟进提醒 / reminder */
  remind: {
    /** 是否提醒：0-不提醒，1-提醒 / whether to remind: 0 no, 1 yes */
    is_remind: 0 | 1 | null
    /** 下次跟进时间（毫秒时间戳） / when the next follow-up is due, in ms */
    time: number | null
    /** 提前多久提醒（毫秒） / how long in advance to remind, in ms */
    before: number | null
    /** 提醒人ID列表 / IDs of the staff members to remind */
    user_ids: string[]
    /** 提醒内容 / reminder text */
    content: string | null
  } | null
}

export interface SystemFollowRecord {
  /** 跟进ID / follow-up ID */
  id: Id
  /** 跟进人ID / ID of the staff member who wrote the follow-up */
  follow_user_id: string
  /** 跟进内容 / content of the follow-up */
  content: string
  /** 跟进对象 / target of the follow-up */
  target: Target
  /** 关联业务类型，取值同 target_type / target type, same values as target_type */
  business_type: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 关联业务ID / target ID */
  business_id: string
  /** 系统跟进类型 / kind of system follow-up */
  title: string | null
  /** 跟进时间（毫秒时间戳） / when the follow-up took place, in ms */
  follow_time: number
  /** 创建时间（毫秒时间戳） / when the follow-up was recorded, in ms */
  create_time: number
}

export interface Target {
  /** 联系人ID / contact ID */
  contact_id: string | null
  /** 外部联系人ID / external contact ID (customer) */
  external_id: string | null
  /** 企业ID / company ID */
  company_id: string | null
  /** 群聊ID / group chat ID */
  chat_id: string | null
  /** 线索ID / clue ID */
  clue_id: string | null
  /** 是否 AI 跟进 / whether AI wrote the follow-up */
  is_ai: boolean | null
}

export interface FollowBatchResult {
  /** 写入条数 / number of rows written */
  created: number
  /** 失败条数 / number of rows refused */
  failed: number
  /** 每条的结果，顺序与 records 相同 / the result of each row, in the order of records */
  results: {
    /** 0 表示已写入，否则为错误码 / 0 when written, otherwise the error code */
    code: number
    /** 结果说明 / the result in words (Chinese) */
    msg: string
    /** 跟进ID，未写入时为 null / follow-up ID, null when not written */
    id: Id | null
    /** 返回子码 / sub code */
    sub_code: string
    /** 未写入时，有问题的字段：records[3].follow_time / when not written, the field at fault: records[3].follow_time */
    field?: string
  }[]
}

export interface FollowGetData {
  /** 是否已删除（删除后 90 天内可以恢复） / whether it is deleted (it can be restored for 90 days) */
  deleted: boolean
  record: WholeFollowRecord
  /** 版本历史，新的在前，一次最多 100 个 / the versions, newest first, at most 100 per response */
  history: {
    /** 版本号 / version */
    version: number
    /** 操作：create-创建，update-修改，delete-删除，restore-恢复 / what happened: create, update, delete, restore */
    op: 'create' | 'update' | 'delete' | 'restore'
    /** 写入此版本的时间（毫秒时间戳） / when this version was written, in ms */
    time: number
    /** 写入的应用ID，导入的为 null / ID of the app that wrote it, null when imported */
    appid: string | null
    /** 写入的员工ID，导入的为 null / ID of the staff member who wrote it, null when imported */
    user_id: string | null
    /** 原因 / reason */
    reason: string | null
    /** 与上一版本的差异 / differences from the version before */
    changes: {
      /** 记录的键；field_map 内的键写作 field_map.键 / key of the record; a key inside field_map is written field_map.KEY */
      field: string
      /** 原值 / old value */
      from: unknown
      /** 新值 / new value */
      to: unknown
    }[]
  }[]
  /** 是否还有更早的历史：以最后一个 version 作为 history_before 继续获取 / whether there is older history: continue with the last version as history_before */
  has_more: boolean
}

export interface FollowVersion {
  /** 跟进ID / follow-up ID */
  id: Id
  /** 写入后的版本号，从 1 起 / version after the write, from 1 */
  version: number
}

export interface WholeFollowRecord extends FollowRecord {
  /** 是否系统跟进 / whether the system wrote the follow-up */
  system: boolean
  /** 标题 / title */
  title: string | null
  /** 商机阶段ID / ID of the opportunity stage */
  stage_id: string | null
  /** 创建时间（毫秒时间戳） / when the follow-up was recorded, in ms */
  create_time: number
  /** 更新时间（毫秒时间戳） / when the follow-up was last changed, in ms */
  update_time: number
  /** 版本号，从 1 起，每次修改、删除、恢复加 1 / version, from 1; every update, deletion and restoration adds 1 */
  version: number
}

export interface FollowChangesPage {
  /** 变更，按 seq 升序；record 是变更后的记录，删除时为删除前的记录 / changes by ascending seq; record is the follow-up after the change, for a deletion the one before it */
  records: {
    /** 变更序号，按提交顺序递增 / sequence number, increasing in commit order */
    seq: number
    /** 操作：create-创建，update-修改，delete-删除，restore-恢复 / what happened: create, update, delete, restore */
    op: 'create' | 'update' | 'delete' | 'restore'
    record: WholeFollowRecord
  }[]
  /** 下一次请求的 cursor，请与已写入的数据一起保存 / cursor for the next request; store it together with the data */
  cursor: string
  /** 后面是否还有变更，为 true 时请立即继续读取 / whether there are more changes; if true, continue at once */
  has_more: boolean
}

export interface FollowReconcileData {
  /** 已计入的最后一个变更的序号：先把变更流读到此处，再比较 / sequence number of the last change included: read the change feed up to it before comparing */
  seq: number
  /** 跟进条数 / number of follow-ups */
  count: number
  /** 跟进列表（follow/list）各字段的校验和：32 位小写十六进制，与顺序无关 / checksum over the keys that follow/list returns: 32 lower-case hex digits, independent of order */
  checksum: string
  /** 变更流中完整记录的校验和 / checksum over the whole records of the change feed */
  whole_checksum: string
  /** 范围内的每一天 / each day of the range */
  days: {
    /** 日期（企业时区），yyyy-MM-dd / day in the company's time zone, yyyy-MM-dd */
    day: string
    /** 跟进条数 / number of follow-ups */
    count: number
    /** 跟进列表（follow/list）各字段的校验和：32 位小写十六进制，与顺序无关 / checksum over the keys that follow/list returns: 32 lower-case hex digits, independent of order */
    checksum: string
    /** 变更流中完整记录的校验和 / checksum over the whole records of the change feed */
    whole_checksum: string
  }[]
}

export interface CustomerFollowRecord {
  /** 跟进ID / follow-up ID */
  follow_id: Id
  /** 客户ID / customer ID */
  external_user_id: string | null
  /** 客户名称 / customer name */
  external_user_name: string | null
  /** 类型：1-客户跟进，3-商机跟进，4-未关联客户的线索跟进，8-已关联客户的线索跟进 / target type: 1 customer, 3 opportunity, 4 clue without a customer, 8 clue with a customer */
  record_type: 1 | 3 | 4 | 8
  /** 跟进方式名称 / follow type name */
  contact_type: string | null
  /** 跟进内容 / content of the follow-up */
  follow_content: string
  /** 纬度 / latitude */
  location_lat: string | null
  /** 经度 / longitude */
  location_lng: string | null
  /** 地点名称 / name of the place */
  location_name: string | null
  /** 员工ID / staff ID */
  user_id: string
  /** 创建时间（秒级时间戳） / when the follow-up was recorded, in seconds */
  gmt_create: number
  /** 附件 / attachments */
  attachment: {
    /** 文件地址 / file URL */
    cos_url: string | null
    /** 文件扩展名 / file extension */
    file_extension: string | null
    /** 文件名 / file name */
    name: string | null
    /** 文件类型 / file type */
    type: string | null
  }[]
  /** 自定义字段 / custom fields */
  field_map: Record<string, unknown>
}

export interface OpportunityFollowRecord {
  /** 跟进ID / follow-up ID */
  follow_id: Id
  /** 商机阶段ID / ID of the opportunity stage */
  stage_id: string | null
  /** 商机ID / opportunity ID */
  opportunity_id: Id | null
  /** 商机名称 / opportunity name */
  opportunity_name: string | null
  /** 类型：1-客户跟进，3-商机跟进，4-未关联客户的线索跟进，8-已关联客户的线索跟进 / target type: 1 customer, 3 opportunity, 4 clue without a customer, 8 clue with a customer */
  record_type: 1 | 3 | 4 | 8
  /** 跟进方式名称 / follow type name */
  contact_type: string | null
  /** 跟进内容 / content of the follow-up */
  follow_content: string
  /** 纬度 / latitude */
  location_lat: string | null
  /** 经度 / longitude */
  location_lng: string | null
  /** 地点名称 / name of the place */
  location_name: string | null
  /** 员工ID / staff ID */
  user_id: string
  /** 创建时间（秒级时间戳） / when the follow-up was recorded, in seconds */
  gmt_create: number
  /** 附件 / attachments */
  attachment: {
    /** 文件地址 / file URL */
    cos_url: string | null
    /** 文件扩展名 / file extension */
    file_extension: string | null
    /** 文件名 / file name */
    name: string | null
    /** 文件类型 / file type */
    type: string | null
  }[]
  /** 自定义字段 / custom fields */
  field_map: Record<string, unknown>
}

export interface CustomFieldOption {
  /** 选项ID / option ID */
  id: string
  /** 选项名称 / option name */
  name: string
}

export interface CustomFieldRecord {
  /** 字段键 / field key */
  key: string
  /** 字段名称 / field name */
  name: string
  /** 字段类型 / field type */
  type: string
  /** 选项 / options */
  options: CustomFieldOption[] | null
  /** 是否必填 / whether it is required */
  required: boolean
}

export interface FollowTypeRecord {
  /** 跟进方式ID / follow type ID */
  id: Id
  /** 跟进方式名称 / follow type name */
  name: string
  /** 是否系统内置 / whether it is built in */
  builtin: boolean
  /** 是否启用 / whether it is enabled */
  enabled: boolean
}

export interface DepartmentRecord {
  /** 部门ID / department ID */
  id: Id
  /** 部门名称 / department name */
  name: string
  /** 上级部门ID，顶级部门为 null / ID of the parent department, null at the top */
  parent_id: Id | null
  /** 同级排序 / position among its siblings */
  order: Id | null
}

export interface DirectoryCounts {
  /** 部门 / departments */
  departments: {
    /** 新增数量 / number added */
    added: number
    /** 更新数量 / number changed */
    updated: number
    /** 未变数量 / number that needed no change */
    unchanged: number
    /** 移除数量 / number removed */
    removed: number
  }
  /** 员工 / staff */
  staff: {
    /** 新增数量 / number added */
    added: number
    /** 更新数量 / number changed */
    updated: number
    /** 未变数量 / number that needed no change */
    unchanged: number
    /** 离职数量 / number marked as having left */
    left: number
  }
}

export interface SavedCounts {
  /** 新增数量 / number added */
  added: number
  /** 更新数量 / number changed */
  updated: number
  /** 未变数量 / number that needed no change */
  unchanged: number
}

export interface StaffRecord {
  /** 员工ID / staff ID */
  userId: string
  /** 姓名 / name */
  username: string
  /** 别名 / alias */
  alias: string | null
  /** 手机号 / mobile number */
  mobile: string | null
  /** 职务 / position */
  position: string | null
  /** 邮箱 / email address */
  email: string | null
  /** 头像地址 / avatar URL */
  avatar: string | null
  /** 主部门ID / ID of the main department */
  main_department_id: string | null
  /** 所属部门ID，多个以英文逗号分隔 / IDs of the departments, separated by commas */
  department_id: string
  /** 状态：1-已激活，2-已禁用，4-未激活，5-已离职 / status: 1 active, 2 disabled, 4 not activated, 5 left */
  status: string
}

export interface Me {
  /** 调用方：app-应用，person-人员 / who calls: an app or a person */
  kind: 'app' | 'person'
  /** 所在的企业 / the company */
  corp: {
    /** 企业ID / company ID */
    id: string
    /** 企业名称 / company name */
    name: string
    /** 时区 / time zone */
    time_zone: string
  }
  /** 可以调用的接口 / the operations that may be called */
  may: string[]
  /** 应用；调用方是人员时为 null / the app; null when a person calls */
  app: {
    /** 应用ID / app ID */
    appid: string
    /** 应用名称 / name of the app */
    label: string
    /** 是否只读 / whether it only reads */
    read_only: boolean
  } | null
  /** 人员；调用方是应用时为 null / the person; null when an app calls */
  person: {
    /** 员工ID / staff ID */
    user_id: string
    /** 姓名 / name */
    name: string
    /** 角色：staff-员工，manager-主管，admin-管理员 / role: staff, manager (of departments), admin */
    role: 'staff' | 'manager' | 'admin'
    /** 所管的部门ID列表，含下级部门；只用于主管 / IDs of the departments that a manager leads, with those below */
    department_ids: Id[]
    /** 是否已设密码 / whether a password is set */
    has_password: boolean
    /** 通行密钥 / the passkeys */
    passkeys: PasskeyRecord[]
    /** 登录，最近使用的在前 / the sessions, last used first */
    sessions: SessionRecord[]
    /** 偏好 / the preferences */
    preferences: Preferences
  } | null
}

export interface PasskeyOptions {
  /** 交给浏览器 navigator.credentials 的选项（WebAuthn JSON） / what the browser's navigator.credentials takes (WebAuthn JSON) */
  options: Record<string, unknown>
  /** 本次登记的凭据，原样交给 me/passkey/add，5 分钟内有效 / to be given to me/passkey/add as it is, good for 5 minutes */
  challenge: string
}

export interface EndedSessions {
  /** 结束的登录个数 / number of sessions that were ended */
  ended: number
}

export interface Invitation {
  /** 员工ID / staff ID */
  user_id: string
  /** 邀请链接，只能使用一次；未设置 GENJIN_URL 时为路径 / the link of the invitation, good once; a path when GENJIN_URL is not set */
  link: string
  /** 失效时间（毫秒时间戳） / when it ends, in ms */
  expires_at: number
}

export interface PasskeyRecord {
  /** 通行密钥编号 / passkey ID */
  id: string
  /** 名称 / name */
  name: string
  /** 建立时间（毫秒时间戳） / when it was made, in ms */
  created_at: number
  /** 最近使用时间（毫秒时间戳） / last used, in ms */
  used_at: number | null
}

export interface PersonRecord {
  /** 员工ID / staff ID */
  user_id: string
  /** 姓名；员工已删除时为 null / name; null when the staff member is gone */
  name: string | null
  /** 角色：staff-员工，manager-主管，admin-管理员 / role: staff, manager (of departments), admin */
  role: 'staff' | 'manager' | 'admin'
  /** 所管的部门ID列表，含下级部门；只用于主管 / IDs of the departments that a manager leads, with those below */
  department_ids: Id[]
  /** 状态：invited-已邀请，active-可登录，disabled-已停用，left-已离职 / state: invited, active, disabled, left */
  state: 'invited' | 'active' | 'disabled' | 'left'
  /** 邀请的失效时间（毫秒时间戳） / when the invitation ends, in ms */
  invited_until: number | null
  /** 是否已设密码 / whether a password is set */
  has_password: boolean
  /** 通行密钥个数 / number of passkeys */
  passkeys: number
  /** 登录个数 / number of sessions */
  sessions: number
  /** 最近使用时间（毫秒时间戳） / last seen, in ms */
  seen_at: number | null
}

export interface PersonSessions {
  /** 登录，最近使用的在前 / the sessions, last used first */
  sessions: SessionRecord[]
}

export interface Preferences {
  /** 界面语言：zh-中文，en-英文 / language of the pages: zh or en */
  language: 'zh' | 'en'
  /** 外观：auto-跟随系统，light-浅色，dark-深色 / appearance: auto (as the system), light, dark */
  appearance: 'auto' | 'light' | 'dark'
}

export interface SessionRecord {
  /** 登录编号 / session ID */
  id: string
  /** 登录方式：password-密码，passkey-通行密钥，oidc-单点登录，wecom-企业微信，demo-演示 / way to sign in: password, passkey, oidc, wecom, demo */
  way: 'password' | 'passkey' | 'oidc' | 'wecom' | 'demo'
  /** 登录时间（毫秒时间戳） / when it began, in ms */
  created_at: number
  /** 最近使用时间（毫秒时间戳，精确到 5 分钟） / last used, in ms, to 5 minutes */
  seen_at: number
  /** 失效时间（毫秒时间戳）；7 天不使用则提前失效 / when it ends, in ms; after 7 days without use it ends earlier */
  expires_at: number
  /** 登录时的网络地址 / network address at the sign-in */
  address: string
  /** 登录时的浏览器 / browser at the sign-in */
  agent: string
  /** 是否就是这一次登录 / whether it is the one that asks */
  current: boolean
}

export interface AppRecord {
  /** 应用ID / app ID */
  appid: string
  /** 应用名称 / name of the app */
  label: string
  /** 是否只读 / whether it only reads */
  read_only: boolean
  /** 建立时间（毫秒时间戳） / when it was made, in ms */
  created_at: number
  /** 最近使用时间（毫秒时间戳，精确到 5 分钟） / last used, in ms, to 5 minutes */
  used_at: number | null
  /** 停用时间（毫秒时间戳） / when it was revoked, in ms */
  revoked_at: number | null
  /** 旧密钥的失效时间（毫秒时间戳）；没有旧密钥时为 null / when the old secret ends, in ms; null when there is none */
  old_secret_until: number | null
}

export interface AppSecret {
  /** 应用ID / app ID */
  appid: string
  /** 应用密钥，只返回这一次 / the secret, returned this once */
  app_secret: string
  /** 旧密钥的失效时间（毫秒时间戳）；没有旧密钥时为 null / when the old secret ends, in ms; null when there is none */
  old_secret_until: number | null
}

export interface AuditRecord {
  /** 编号 / number */
  id: Id
  /** 时间（毫秒时间戳） / when, in ms */
  time: number
  /** 操作者类型：app-应用，person-人员，command-服务器上的命令 / who did it: an app, a person, or a command on the server */
  actor: 'app' | 'person' | 'command'
  /** 应用ID 或员工ID；命令为 null / app ID or staff ID; null of a command */
  actor_id: string | null
  /** 操作，如 person/role / what was done, such as person/role */
  operation: string
  /** 操作的对象，如员工ID、应用ID / what it was done to: a staff ID, an app ID, … */
  subject: string
  /** 修改的字段 / the fields that changed */
  changes: {
    /** 字段 / field */
    field: string
    /** 原值 / old value */
    from: unknown
    /** 新值 / new value */
    to: unknown
  }[]
}

export interface StaffWritten {
  /** 员工ID / staff ID */
  user_id: string
  /** 姓名 / name */
  name: string
  /** 所属部门ID列表 / IDs of the departments */
  department_ids?: IdLike[]
  /** 主部门ID / ID of the main department */
  main_department_id?: IdLike
  /** 状态：1-已激活，2-已禁用，4-未激活，5-已离职 / status: 1 active, 2 disabled, 4 not activated, 5 left */
  status?: 1 | 2 | 4 | 5
  /** 别名 / alias */
  alias?: string
  /** 手机号 / mobile number */
  mobile?: string
  /** 职务 / position */
  position?: string
  /** 邮箱 / email address */
  email?: string
  /** 头像地址 / avatar URL */
  avatar?: string
}

export interface DepartmentWritten {
  /** 部门ID / department ID */
  id: IdLike
  /** 部门名称 / department name */
  name: string
  /** 上级部门ID，顶级部门不传或传 0 / ID of the parent department, omitted or 0 at the top */
  parent_id?: IdLike
  /** 同级排序 / position among its siblings */
  order?: IdLike
}

export interface AccessTokenParams {
  /** 应用ID / app ID */
  appid: string
  /** 应用密钥 / app secret */
  app_secret: string
}

export interface FollowListParams extends Paging {
  /** 跟进对象类型：1-客户跟进，3-商机跟进，4-线索跟进，9-订单跟进，10-群跟进，11-联系人跟进，12-企业跟进 / target type: 1 customer, 3 opportunity, 4 clue, 9 order, 10 group chat, 11 contact, 12 company */
  target_type?: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 跟进对象ID列表：business_id 或 target 中任意一个 ID 匹配即可 / target IDs: business_id or any ID inside target must be one of them */
  target_id_list?: string[]
  /** 跟进ID列表 / follow-up IDs */
  id_list?: IdLike[]
  /** 跟进人ID列表 / IDs of the staff members who wrote the follow-ups */
  follow_user_ids?: string[]
  /** 跟进人部门ID列表：按跟进人当前所在部门筛选，默认包含下级部门 / IDs of the departments that the writers belong to now, subdepartments included by default */
  follow_dep_ids?: IdLike[]
  /** 是否包含 follow_dep_ids 的下级部门：1-包含，0-不包含 / whether follow_dep_ids includes subdepartments: 1 yes, 0 no */
  fetch_child?: 0 | 1
  /** 标题，精确匹配 / title, exact match */
  title?: string
  /** 跟进时间的开始日期（含），格式 yyyy-MM-dd / first day of the follow time, yyyy-MM-dd */
  follow_time_start?: string
  /** 跟进时间的结束日期（含），格式 yyyy-MM-dd / last day of the follow time (inclusive), yyyy-MM-dd */
  follow_time_end?: string
  /** 跟进方式ID列表 / follow type IDs */
  follow_type_list?: IdLike[]
  /** 跟进方式名称，精确匹配 / follow type name, exact match */
  follow_type_name?: string
}

export interface FollowListForSystemParams extends Paging {
  /** 跟进对象类型：1-客户跟进，3-商机跟进，4-线索跟进，9-订单跟进，10-群跟进，11-联系人跟进，12-企业跟进 / target type: 1 customer, 3 opportunity, 4 clue, 9 order, 10 group chat, 11 contact, 12 company */
  target_type?: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 跟进对象ID列表：business_id 或 target 中任意一个 ID 匹配即可 / target IDs: business_id or any ID inside target must be one of them */
  target_id_list?: string[]
  /** 跟进ID列表 / follow-up IDs */
  id_list?: IdLike[]
  /** 跟进人ID列表 / IDs of the staff members who wrote the follow-ups */
  follow_user_ids?: string[]
  /** 跟进人部门ID列表：按跟进人当前所在部门筛选，默认包含下级部门 / IDs of the departments that the writers belong to now, subdepartments included by default */
  follow_dep_ids?: IdLike[]
  /** 是否包含 follow_dep_ids 的下级部门：1-包含，0-不包含 / whether follow_dep_ids includes subdepartments: 1 yes, 0 no */
  fetch_child?: 0 | 1
  /** 系统跟进类型 / kind of system follow-up */
  title?: string
  /** 跟进时间的开始日期（含），格式 yyyy-MM-dd / first day of the follow time, yyyy-MM-dd */
  follow_time_start?: string
  /** 跟进时间的结束日期（含），格式 yyyy-MM-dd / last day of the follow time (inclusive), yyyy-MM-dd */
  follow_time_end?: string
}

export interface FollowCreateParams {
  /** 跟进对象类型：0-线索，1-客户，2-商机；传了 target_type 时可不传 / target type: 0 clue, 1 customer, 2 opportunity; not needed with target_type */
  type?: 0 | 1 | 2
  /** 跟进对象ID：type=0 时为线索ID，type=1 时为客户ID，type=2 时为商机ID / target ID: the clue (type=0), customer (type=1) or opportunity (type=2) */
  id: string
  /** 员工ID / staff ID */
  user_id: string
  /** 跟进方式名称 / follow type name */
  contact_type: string
  /** 跟进内容 / content of the follow-up */
  follow_content: string
  /** 纬度 / latitude */
  location_lat?: string
  /** 经度 / longitude */
  location_lng?: string
  /** 地点名称 / name of the place */
  location_name?: string
  /** 商机阶段ID，type=2 时必填 / ID of the opportunity stage, required with type=2 */
  stage_id?: IdLike
  /** 自定义字段 / custom fields */
  field_map?: Record<string, unknown>
  /** 附件 / attachments */
  attachment?: {
    /** 文件地址 / file URL */
    cos_url?: string
    /** 文件扩展名 / file extension */
    file_extension?: string
    /** 文件名 / file name */
    name?: string
    /** 文件类型 / file type */
    type?: 'web' | 'file' | 'video' | 'image'
  }[]
  /** 跟进对象类型：1-客户跟进，3-商机跟进，4-线索跟进，9-订单跟进，10-群跟进，11-联系人跟进，12-企业跟进；传了就代替 type / target type: 1 customer, 3 opportunity, 4 clue, 9 order, 10 group chat, 11 contact, 12 company; takes the place of type */
  target_type?: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 跟进对象 / target of the follow-up */
  target?: {
    /** 联系人ID / contact ID */
    contact_id?: string
    /** 外部联系人ID / external contact ID (customer) */
    external_id?: string
    /** 企业ID / company ID */
    company_id?: string
    /** 群聊ID / group chat ID */
    chat_id?: string
    /** 线索ID / clue ID */
    clue_id?: string
    /** 是否 AI 跟进 / whether AI wrote the follow-up */
    is_ai?: boolean
  }
  /** 标题 / title */
  title?: string
  /** 是否 AI 跟进 / whether AI wrote the follow-up */
  is_ai?: boolean
  /** 跟进时间（毫秒时间戳），默认为当前时间 / when the follow-up took place, in ms; now by default */
  follow_time?: number
  /** 跟进提醒 / reminder */
  remind?: {
    /** 是否提醒：0-不提醒，1-提醒 / whether to remind: 0 no, 1 yes */
    is_remind?: 0 | 1
    /** 下次跟进时间（毫秒时间戳） / when the next follow-up is due, in ms */
    time?: number
    /** 提前多久提醒（毫秒） / how long in advance to remind, in ms */
    before?: number
    /** 提醒人ID列表 / IDs of the staff members to remind */
    user_ids?: string[]
    /** 提醒内容 / reminder text */
    content?: string
  }
}

export interface FollowUpdateParams {
  /** 跟进ID / follow-up ID */
  follow_id: IdLike
  /** 操作人的员工ID / ID of the staff member who makes the change */
  user_id: string
  /** 所依据的版本号，与当前版本不同则不写入并返回 40910；不传则不比较 / version that the change is based on: if it is not the current one, nothing is written and 40910 is returned; not compared when omitted */
  version?: number
  /** 原因 / reason */
  reason?: string
  /** 跟进内容 / content of the follow-up */
  follow_content?: string
  /** 跟进方式名称 / follow type name */
  contact_type?: string
  /** 跟进时间（毫秒时间戳） / when the follow-up took place, in ms */
  follow_time?: number
  /** 跟进对象类型：1-客户跟进，3-商机跟进，4-线索跟进，9-订单跟进，10-群跟进，11-联系人跟进，12-企业跟进；修改类型时须同时传 id / target type: 1 customer, 3 opportunity, 4 clue, 9 order, 10 group chat, 11 contact, 12 company; changing it requires id too */
  target_type?: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 跟进对象ID（记录的 business_id） / target ID (business_id of the record) */
  id?: string
  /** 跟进对象，整体替换 / target of the follow-up, replaced as a whole */
  target?: {
    /** 联系人ID / contact ID */
    contact_id?: string
    /** 外部联系人ID / external contact ID (customer) */
    external_id?: string
    /** 企业ID / company ID */
    company_id?: string
    /** 群聊ID / group chat ID */
    chat_id?: string
    /** 线索ID / clue ID */
    clue_id?: string
    /** 是否 AI 跟进 / whether AI wrote the follow-up */
    is_ai?: boolean
  }
  /** 是否 AI 跟进 / whether AI wrote the follow-up */
  is_ai?: boolean
  /** 标题 / title */
  title?: string
  /** 商机阶段ID，仅用于商机跟进 / ID of the opportunity stage, for follow-ups of opportunities only */
  stage_id?: IdLike
  /** 自定义字段，整体替换 / custom fields, replaced as a whole */
  field_map?: Record<string, unknown>
  /** 附件，整体替换 / attachments, replaced as a whole */
  attachment?: {
    /** 文件地址 / file URL */
    cos_url?: string
    /** 文件扩展名 / file extension */
    file_extension?: string
    /** 文件名 / file name */
    name?: string
    /** 文件类型 / file type */
    type?: 'web' | 'file' | 'video' | 'image'
  }[]
  /** 纬度，与经度、地点名称一起，整体替换 / latitude, together with longitude and name, replaced as a whole */
  location_lat?: string
  /** 经度 / longitude */
  location_lng?: string
  /** 地点名称 / name of the place */
  location_name?: string
  /** 跟进提醒，整体替换 / reminder, replaced as a whole */
  remind?: {
    /** 是否提醒：0-不提醒，1-提醒 / whether to remind: 0 no, 1 yes */
    is_remind?: 0 | 1
    /** 下次跟进时间（毫秒时间戳） / when the next follow-up is due, in ms */
    time?: number
    /** 提前多久提醒（毫秒） / how long in advance to remind, in ms */
    before?: number
    /** 提醒人ID列表 / IDs of the staff members to remind */
    user_ids?: string[]
    /** 提醒内容 / reminder text */
    content?: string
  }
  /** 要清空的内容；null、"" 与 [] 表示不修改 / what to clear; null, "" and [] mean “leave unchanged” */
  clear?: ('target' | 'field_map' | 'attachment' | 'location' | 'remind' | 'title' | 'stage_id')[]
}

export interface FollowDeleteParams {
  /** 跟进ID / follow-up ID */
  follow_id: IdLike
  /** 操作人的员工ID / ID of the staff member who makes the change */
  user_id: string
  /** 原因 / reason */
  reason: string
  /** 所依据的版本号，与当前版本不同则不写入并返回 40910；不传则不比较 / version that the change is based on: if it is not the current one, nothing is written and 40910 is returned; not compared when omitted */
  version?: number
}

export interface FollowRestoreParams {
  /** 跟进ID / follow-up ID */
  follow_id: IdLike
  /** 操作人的员工ID / ID of the staff member who makes the change */
  user_id: string
  /** 原因 / reason */
  reason?: string
  /** 所依据的版本号，与当前版本不同则不写入并返回 40910；不传则不比较 / version that the change is based on: if it is not the current one, nothing is written and 40910 is returned; not compared when omitted */
  version?: number
}

export interface FollowBatchCreateParams {
  /** 跟进，1 到 100 条，每条与创建跟进记录的请求体相同 / 1 to 100 follow-ups, each like the body of follow/create */
  records: FollowCreateParams[]
  /** true：只要有一条不合格就全部不写入；false：各条互不影响 / true: one bad row refuses all; false: each row succeeds or fails by itself */
  atomic?: boolean
}

export interface FollowGetParams {
  /** 跟进ID / follow-up ID */
  follow_id: IdLike
  /** 只返回此版本之前的历史，用于翻看更早的部分 / return only the history before this version, to page through a long one */
  history_before?: number
}

export interface FollowChangesParams {
  /** 上一次返回的 cursor；不传则从头读起 / cursor of the previous response; omit it to read from the start */
  cursor?: string
  /** 一页最多几条变更；记录很长时会更少 / most changes on a page; fewer when records are long */
  limit?: number
}

export interface FollowReconcileParams {
  /** 跟进时间的开始日期（含），格式 yyyy-MM-dd / first day of the follow time, yyyy-MM-dd */
  follow_time_start: string
  /** 跟进时间的结束日期（含），格式 yyyy-MM-dd；首尾合计最多 31 天 / last day of the follow time (inclusive), yyyy-MM-dd; at most 31 days in all */
  follow_time_end: string
  /** 0-只计员工跟进，1-只计系统跟进；不传则都计入 / 0 only those by staff, 1 only those by the system; both when omitted */
  system?: 0 | 1
}

export interface CustomerFollowListParams extends Paging {
  /** 员工ID，须与 external_user_id 同时传或同时不传 / staff ID, together with external_user_id or not at all */
  user_id?: string
  /** 客户ID，须与 user_id 同时传或同时不传 / customer ID, together with user_id or not at all */
  external_user_id?: string
  /** 跟进ID / follow-up ID */
  follow_id?: IdLike
  /** 创建时间的开始（秒级时间戳），须与 end_time 同时传，区间不超过 30 天 / first second of the create time; required with end_time, at most 30 days apart */
  start_time?: number
  /** 创建时间的结束（秒级时间戳），须与 start_time 同时传，区间不超过 30 天 / last second of the create time; required with start_time, at most 30 days apart */
  end_time?: number
}

export interface OpportunityFollowListParams extends Paging {
  /** 员工ID / staff ID */
  user_id?: string
  /** 客户ID / customer ID */
  external_user_id?: string
  /** 跟进ID / follow-up ID */
  follow_id?: IdLike
  /** 创建时间的开始（秒级时间戳），须与 end_time 同时传，区间不超过 30 天 / first second of the create time; required with end_time, at most 30 days apart */
  start_time?: number
  /** 创建时间的结束（秒级时间戳），须与 start_time 同时传，区间不超过 30 天 / last second of the create time; required with start_time, at most 30 days apart */
  end_time?: number
  /** 商机ID / opportunity ID */
  opportunity_id?: IdLike
}

export interface FollowTypeListParams extends Paging {}

export interface FollowTypeAddParams {
  /** 跟进方式名称 / follow type name */
  name: string
}

export interface FollowTypeRenameParams {
  /** 跟进方式ID / follow type ID */
  id: IdLike
  /** 跟进方式名称 / follow type name */
  name: string
}

export interface FollowTypeDisableParams {
  /** 跟进方式ID / follow type ID */
  id: IdLike
}

export interface FollowTypeEnableParams {
  /** 跟进方式ID / follow type ID */
  id: IdLike
}

export interface FollowTypeDeleteParams {
  /** 跟进方式ID / follow type ID */
  id: IdLike
}

export interface CustomFieldListParams extends Paging {}

export interface CustomFieldSaveParams {
  /** 字段键，即 field_map 中的键 / field key, as used in field_map */
  key: string
  /** 字段名称 / field name */
  name: string
  /** 字段类型：text-文本，number-数字，date-日期，datetime-时间，single-单选，multi-多选；创建后不能修改 / field type: text, number, date, datetime, single (one option), multi (several); fixed once created */
  type: 'text' | 'number' | 'date' | 'datetime' | 'single' | 'multi'
  /** 选项，单选与多选必填 / options, required for single and multi */
  options?: {
    /** 选项ID / option ID */
    id: string
    /** 选项名称 / option name */
    name: string
  }[]
  /** 是否必填 / whether it is required */
  required?: boolean
}

export interface CustomFieldDeleteParams {
  /** 字段键，即 field_map 中的键 / field key, as used in field_map */
  key: string
}

export interface StaffListParams extends Paging {}

export interface DepartmentListParams extends Paging {}

export interface StaffSaveParams {
  /** 员工，1 到 1000 名；按 user_id 新增或整体替换 / 1 to 1000 staff members: added, or replaced as a whole, by user_id */
  staff: StaffWritten[]
}

export interface StaffLeaveParams {
  /** 员工ID列表，1 到 1000 个 / 1 to 1000 staff IDs */
  user_ids: string[]
}

export interface StaffMoveParams {
  /** 员工ID列表，1 到 1000 个 / 1 to 1000 staff IDs */
  user_ids: string[]
  /** 调入的部门ID列表，取代原来的部门 / IDs of the departments to move to, in place of the present ones */
  department_ids: IdLike[]
  /** 主部门ID，不传则为第一个部门 / ID of the main department, the first one when omitted */
  main_department_id?: IdLike
}

export interface DepartmentSaveParams {
  /** 部门，1 到 1000 个；按 id 新增或整体替换 / 1 to 1000 departments: added, or replaced as a whole, by id */
  departments: DepartmentWritten[]
}

export interface DepartmentMoveParams {
  /** 部门ID / department ID */
  id: IdLike
  /** 新的上级部门ID，0 表示移为顶级部门 / ID of the new parent department; 0 moves it to the top */
  parent_id: IdLike
}

export interface DirectoryReplaceParams {
  /** 全部部门；未列出的部门将被移除 / all departments; those not listed are removed */
  departments: DepartmentWritten[]
  /** 全部员工，所属部门合计最多 500000 个；未列出的员工将标记为已离职 / all staff, in at most 500000 departments together; those not listed are marked as having left */
  staff: StaffWritten[]
}

export type MeParams = Record<string, never>

export interface MeSaveParams {
  /** 界面语言：zh-中文，en-英文 / language of the pages: zh or en */
  language?: 'zh' | 'en'
  /** 外观：auto-跟随系统，light-浅色，dark-深色 / appearance: auto (as the system), light, dark */
  appearance?: 'auto' | 'light' | 'dark'
}

export interface MeSessionEndParams {
  /** 登录编号，取自 me；不给则结束除这一次之外的全部登录 / a session ID of me; without it all sessions but this one are ended */
  id?: string
}

export interface MePasswordParams {
  /** 现在的密码；还没有密码时不填 / the present password; left out when there is none yet */
  old_password?: string
  /** 新密码，10 到 200 个字符 / the new password, 10 to 200 characters */
  new_password: string
}

export type MePasskeyBeginParams = Record<string, never>

export interface MePasskeyAddParams {
  /** 名称，如“我的手机” / a name, such as "my phone" */
  name: string
  /** me/passkey/begin 返回的 challenge / the challenge of me/passkey/begin */
  challenge: string
  /** 浏览器的结果（WebAuthn JSON） / the browser's result (WebAuthn JSON) */
  response: Record<string, unknown>
}

export interface MePasskeyRemoveParams {
  /** 通行密钥编号 / passkey ID */
  id: string
}

export interface PersonListParams extends Paging {}

export interface PersonInviteParams {
  /** 员工ID / staff ID */
  user_id: string
  /** 角色：staff-员工，manager-主管，admin-管理员；新加入时默认 staff，否则不变 / role: staff, manager (of departments), admin */
  role?: 'staff' | 'manager' | 'admin'
  /** 所管的部门ID列表，含下级部门；只用于主管 / IDs of the departments that a manager leads, with those below */
  department_ids?: IdLike[]
}

export interface PersonRoleParams {
  /** 员工ID / staff ID */
  user_id: string
  /** 角色：staff-员工，manager-主管，admin-管理员 / role: staff, manager (of departments), admin */
  role: 'staff' | 'manager' | 'admin'
  /** 所管的部门ID列表，含下级部门；只用于主管 / IDs of the departments that a manager leads, with those below */
  department_ids?: IdLike[]
}

export interface PersonDisableParams {
  /** 员工ID / staff ID */
  user_id: string
}

export interface PersonSessionListParams {
  /** 员工ID / staff ID */
  user_id: string
}

export interface PersonSessionEndParams {
  /** 员工ID / staff ID */
  user_id: string
}

export interface AppListParams extends Paging {}

export interface AppCreateParams {
  /** 应用名称 / name of the app */
  label: string
  /** 是否只读 / whether it only reads */
  read_only?: boolean
}

export interface AppRenameParams {
  /** 应用ID / app ID */
  appid: string
  /** 应用名称 / name of the app */
  label: string
}

export interface AppRotateParams {
  /** 应用ID / app ID */
  appid: string
  /** 旧密钥还有效几小时；0 为立即失效，已签发的凭证一并作废 / hours that the old secret stays good; 0 ends it at once, with the tokens that were issued */
  old_secret_hours?: number
}

export interface AppRevokeParams {
  /** 应用ID / app ID */
  appid: string
}

export interface AuditListParams extends Paging {
  /** 应用ID 或员工ID / app ID or staff ID */
  actor_id?: string
  /** 操作的对象 / what it was done to */
  subject?: string
}

/** What each operation takes and what it returns (the `data` of the response). */
export interface Operations {
  /** 获取 access_token / Get an access token. */
  accessToken: { params: AccessTokenParams; data: AccessToken }
  /** 员工跟进列表 / List staff follow-ups. */
  followList: { params: FollowListParams; data: Page<FollowRecord> }
  /** 系统跟进列表 / List system follow-ups. */
  followListForSystem: { params: FollowListForSystemParams; data: Page<SystemFollowRecord> }
  /** 创建跟进记录 / Create a follow-up. */
  followCreate: { params: FollowCreateParams; data: Id }
  /** 修改跟进记录 / Update a follow-up. genjin 补充 / added by genjin. */
  followUpdate: { params: FollowUpdateParams; data: FollowVersion }
  /** 删除跟进记录 / Delete a follow-up. genjin 补充 / added by genjin. */
  followDelete: { params: FollowDeleteParams; data: FollowVersion }
  /** 恢复跟进记录 / Restore a deleted follow-up. genjin 补充 / added by genjin. */
  followRestore: { params: FollowRestoreParams; data: FollowVersion }
  /** 批量创建跟进记录 / Create follow-ups in a batch. genjin 补充 / added by genjin. */
  followBatchCreate: { params: FollowBatchCreateParams; data: FollowBatchResult }
  /** 查询跟进详情 / Get a follow-up with its history. genjin 补充 / added by genjin. */
  followGet: { params: FollowGetParams; data: FollowGetData }
  /** 跟进变更流 / Read the change feed. genjin 补充 / added by genjin. */
  followChanges: { params: FollowChangesParams; data: FollowChangesPage }
  /** 跟进对账 / Reconcile follow-ups. genjin 补充 / added by genjin. */
  followReconcile: { params: FollowReconcileParams; data: FollowReconcileData }
  /** 获取客户跟进记录 / List customer follow-ups (legacy). */
  customerFollowList: { params: CustomerFollowListParams; data: Page<CustomerFollowRecord> }
  /** 获取商机跟进记录 / List opportunity follow-ups (legacy). */
  opportunityFollowList: { params: OpportunityFollowListParams; data: Page<OpportunityFollowRecord> }
  /** 跟进方式列表 / List follow types. genjin 补充 / added by genjin. */
  followTypeList: { params: FollowTypeListParams; data: Page<FollowTypeRecord> }
  /** 新增跟进方式 / Add a follow type. genjin 补充 / added by genjin. */
  followTypeAdd: { params: FollowTypeAddParams; data: FollowTypeRecord }
  /** 重命名跟进方式 / Rename a follow type. genjin 补充 / added by genjin. */
  followTypeRename: { params: FollowTypeRenameParams; data: FollowTypeRecord }
  /** 停用跟进方式 / Disable a follow type. genjin 补充 / added by genjin. */
  followTypeDisable: { params: FollowTypeDisableParams; data: FollowTypeRecord }
  /** 启用跟进方式 / Enable a follow type. genjin 补充 / added by genjin. */
  followTypeEnable: { params: FollowTypeEnableParams; data: FollowTypeRecord }
  /** 删除跟进方式 / Delete an unused follow type. genjin 补充 / added by genjin. */
  followTypeDelete: { params: FollowTypeDeleteParams; data: FollowTypeRecord }
  /** 自定义字段列表 / List custom fields. genjin 补充 / added by genjin. */
  customFieldList: { params: CustomFieldListParams; data: Page<CustomFieldRecord> }
  /** 保存自定义字段 / Add or replace a custom field. genjin 补充 / added by genjin. */
  customFieldSave: { params: CustomFieldSaveParams; data: CustomFieldRecord }
  /** 删除自定义字段 / Delete a custom field. genjin 补充 / added by genjin. */
  customFieldDelete: { params: CustomFieldDeleteParams; data: CustomFieldRecord }
  /** 员工列表 / List staff. */
  staffList: { params: StaffListParams; data: Page<StaffRecord> }
  /** 部门列表 / List departments. genjin 补充 / added by genjin. */
  departmentList: { params: DepartmentListParams; data: Page<DepartmentRecord> }
  /** 批量保存员工 / Add or replace staff. genjin 补充 / added by genjin. */
  staffSave: { params: StaffSaveParams; data: SavedCounts }
  /** 标记员工离职 / Mark staff as having left. genjin 补充 / added by genjin. */
  staffLeave: { params: StaffLeaveParams; data: SavedCounts }
  /** 调整员工部门 / Move staff to other departments. genjin 补充 / added by genjin. */
  staffMove: { params: StaffMoveParams; data: SavedCounts }
  /** 批量保存部门 / Add or replace departments. genjin 补充 / added by genjin. */
  departmentSave: { params: DepartmentSaveParams; data: SavedCounts }
  /** 调整上级部门 / Move a department. genjin 补充 / added by genjin. */
  departmentMove: { params: DepartmentMoveParams; data: SavedCounts }
  /** 整体替换通讯录 / Replace the whole directory. genjin 补充 / added by genjin. */
  directoryReplace: { params: DirectoryReplaceParams; data: DirectoryCounts }
  /** 我是谁 / Who I am. genjin 补充 / added by genjin. */
  me: { params: MeParams; data: Me }
  /** 保存我的偏好 / Save my preferences. genjin 补充 / added by genjin. */
  meSave: { params: MeSaveParams; data: Preferences }
  /** 结束我的登录 / End sessions of mine. genjin 补充 / added by genjin. */
  meSessionEnd: { params: MeSessionEndParams; data: EndedSessions }
  /** 设置我的密码 / Set my password. genjin 补充 / added by genjin. */
  mePassword: { params: MePasswordParams; data: EndedSessions }
  /** 开始登记通行密钥 / Begin to add a passkey. genjin 补充 / added by genjin. */
  mePasskeyBegin: { params: MePasskeyBeginParams; data: PasskeyOptions }
  /** 登记通行密钥 / Add a passkey. genjin 补充 / added by genjin. */
  mePasskeyAdd: { params: MePasskeyAddParams; data: PasskeyRecord }
  /** 移除通行密钥 / Remove a passkey. genjin 补充 / added by genjin. */
  mePasskeyRemove: { params: MePasskeyRemoveParams; data: PasskeyRecord }
  /** 人员列表 / List people. genjin 补充 / added by genjin. */
  personList: { params: PersonListParams; data: Page<PersonRecord> }
  /** 邀请人员 / Invite a person. genjin 补充 / added by genjin. */
  personInvite: { params: PersonInviteParams; data: Invitation }
  /** 调整角色 / Change a role. genjin 补充 / added by genjin. */
  personRole: { params: PersonRoleParams; data: PersonRecord }
  /** 停用人员 / Disable a person. genjin 补充 / added by genjin. */
  personDisable: { params: PersonDisableParams; data: PersonRecord }
  /** 人员的登录 / List sessions of a person. genjin 补充 / added by genjin. */
  personSessionList: { params: PersonSessionListParams; data: PersonSessions }
  /** 结束人员的全部登录 / End all sessions of a person. genjin 补充 / added by genjin. */
  personSessionEnd: { params: PersonSessionEndParams; data: EndedSessions }
  /** 应用列表 / List apps. genjin 补充 / added by genjin. */
  appList: { params: AppListParams; data: Page<AppRecord> }
  /** 新建应用 / Create an app. genjin 补充 / added by genjin. */
  appCreate: { params: AppCreateParams; data: AppSecret }
  /** 重命名应用 / Rename an app. genjin 补充 / added by genjin. */
  appRename: { params: AppRenameParams; data: AppRecord }
  /** 更换应用密钥 / Rotate an app's secret. genjin 补充 / added by genjin. */
  appRotate: { params: AppRotateParams; data: AppSecret }
  /** 停用应用 / Revoke an app. genjin 补充 / added by genjin. */
  appRevoke: { params: AppRevokeParams; data: AppRecord }
  /** 操作记录 / List the audit trail. genjin 补充 / added by genjin. */
  auditList: { params: AuditListParams; data: Page<AuditRecord> }
}

export type OperationName = keyof Operations

/** Name → HTTP method, path below /openapi/ and, for writes, 1, or 2 for those that take no Idempotency-Key. */
export const OPERATIONS: Readonly<Record<OperationName, readonly ['GET' | 'POST', string, (1 | 2)?]>> = {
  accessToken: ['GET', 'access_token'],
  followList: ['POST', 'crm/follow/list'],
  followListForSystem: ['POST', 'crm/follow/listForSystem'],
  followCreate: ['POST', 'crm/follow/create', 1],
  followUpdate: ['POST', 'crm/follow/update', 1],
  followDelete: ['POST', 'crm/follow/delete', 1],
  followRestore: ['POST', 'crm/follow/restore', 1],
  followBatchCreate: ['POST', 'crm/follow/batchCreate', 1],
  followGet: ['POST', 'crm/follow/get'],
  followChanges: ['POST', 'crm/follow/changes'],
  followReconcile: ['POST', 'crm/follow/reconcile'],
  customerFollowList: ['POST', 'crm/follow/customer/list'],
  opportunityFollowList: ['POST', 'crm/follow/opportunity/list'],
  followTypeList: ['POST', 'crm/follow/type/list'],
  followTypeAdd: ['POST', 'crm/follow/type/add', 1],
  followTypeRename: ['POST', 'crm/follow/type/rename', 1],
  followTypeDisable: ['POST', 'crm/follow/type/disable', 1],
  followTypeEnable: ['POST', 'crm/follow/type/enable', 1],
  followTypeDelete: ['POST', 'crm/follow/type/delete', 1],
  customFieldList: ['POST', 'crm/follow/field/list'],
  customFieldSave: ['POST', 'crm/follow/field/save', 1],
  customFieldDelete: ['POST', 'crm/follow/field/delete', 1],
  staffList: ['GET', 'department/user/list'],
  departmentList: ['GET', 'department/list'],
  staffSave: ['POST', 'department/user/save', 1],
  staffLeave: ['POST', 'department/user/leave', 1],
  staffMove: ['POST', 'department/user/move', 1],
  departmentSave: ['POST', 'department/save', 1],
  departmentMove: ['POST', 'department/move', 1],
  directoryReplace: ['POST', 'department/replace', 1],
  me: ['POST', 'me'],
  meSave: ['POST', 'me/save', 1],
  meSessionEnd: ['POST', 'me/session/end', 1],
  mePassword: ['POST', 'me/password', 2],
  mePasskeyBegin: ['POST', 'me/passkey/begin', 2],
  mePasskeyAdd: ['POST', 'me/passkey/add', 2],
  mePasskeyRemove: ['POST', 'me/passkey/remove', 1],
  personList: ['POST', 'person/list'],
  personInvite: ['POST', 'person/invite', 2],
  personRole: ['POST', 'person/role', 1],
  personDisable: ['POST', 'person/disable', 1],
  personSessionList: ['POST', 'person/session/list'],
  personSessionEnd: ['POST', 'person/session/end', 1],
  appList: ['POST', 'app/list'],
  appCreate: ['POST', 'app/create', 2],
  appRename: ['POST', 'app/rename', 1],
  appRotate: ['POST', 'app/rotate', 2],
  appRevoke: ['POST', 'app/revoke', 1],
  auditList: ['POST', 'audit/list'],
}

/** Every `code` that genjin returns when a request fails, by name. */
export const ERROR_CODES = {
  /** access_token 缺失或无法识别 / access_token missing or unknown */
  tokenUnknown: 10001,
  /** access_token 已过期 / access_token expired */
  tokenExpired: 10010,
  /** access_token 已作废，或应用已停用 / access_token revoked, or the app is disabled */
  tokenRevoked: 10011,
  /** appid 或 app_secret 不正确，或应用已停用 / wrong appid or app_secret, or the app is disabled */
  credentialsWrong: 40100,
  /** 登录已失效 / the session has ended */
  sessionEnded: 40110,
  /** 登录失败 / the sign-in failed */
  signInFailed: 40120,
  /** 没有权限 / not allowed */
  forbidden: 40300,
  /** 参数的类型、格式或取值不正确 / a parameter has the wrong type, format or value */
  paramInvalid: 40000,
  /** 请求方式不正确 / wrong request method */
  methodWrong: 40005,
  /** 缺少必填参数 / a required parameter is missing */
  paramMissing: 40010,
  /** 参数超出允许的范围 / a parameter is out of range */
  paramRange: 40020,
  /** 请求地址不存在 / unknown path */
  pathUnknown: 40400,
  /** 要操作的数据不存在 / the requested data does not exist */
  notFound: 40410,
  /** 跟进已被他人修改，version 不是当前版本 / the follow-up has been changed: version is not the current one */
  versionConflict: 40910,
  /** 与现有数据冲突 / the request conflicts with existing data */
  conflict: 40920,
  /** cursor 已失效，变更流不再完整 / the cursor is no longer valid: changes after it may be missing */
  cursorExpired: 40930,
  /** 同一 Idempotency-Key 已用于内容不同的请求 / the Idempotency-Key was already used for a different request */
  keyReused: 40900,
  /** 请求体过大 / the body is too large */
  bodyTooLarge: 41300,
  /** 请求体不是 JSON / the body is not JSON */
  notJson: 41500,
  /** 调用过于频繁 / too many requests */
  tooMany: 42900,
  /** HTTP 报文无法解析 / the HTTP message cannot be parsed */
  malformed: 40001,
  /** 服务内部错误 / internal error */
  internal: 50000,
  /** 服务暂时不可用 / the service is temporarily unavailable */
  notReady: 50300,
} as const

/** Keys of responses that hold IDs. */
export const ID_KEYS: readonly string[] = [
  'department_ids',
  'follow_id',
  'follow_type',
  'id',
  'opportunity_id',
  'order',
  'parent_id',
]

/** Keys of responses that hold lists, and never null (L13). */
export const LIST_KEYS: readonly string[] = [
  'attachment',
  'attachment_list',
  'changes',
  'days',
  'department_ids',
  'history',
  'may',
  'passkeys',
  'records',
  'results',
  'sessions',
  'user_ids',
]

/** Keys of requests that the platform documents as long, or as lists of long: sent as bare numbers. */
export const LONG_KEYS: readonly string[] = [
  'follow_dep_ids',
  'follow_id',
  'follow_type_list',
  'opportunity_id',
  'stage_id',
]
