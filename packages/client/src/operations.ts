// Written from the contract by `npm run client`: do not edit.

/** A 64-bit integer as the client gives it: its digits, exact. */
export type Id = string

/** A 64-bit integer as the client takes it. */
export type IdLike = string | number | bigint

/** Which page of a list. */
export interface Paging {
  /** 当前页,默认值为1 / page, from 1 */
  current_index?: number
  /** 每页大小,默认值为20,最大为100 / records on a page */
  page_size?: number
}

/** A page of records, and how many there are in all. */
export interface Page<R> {
  total: number
  records: R[]
}

export interface Target {
  /** 联系人ID / id of the contact */
  contact_id: string | null
  /** 外部联系人ID / id of the external contact (customer) */
  external_id: string | null
  /** 企业ID / id of the company */
  company_id: string | null
  /** 群聊ID / id of the group chat */
  chat_id: string | null
  /** 线索ID / id of the clue */
  clue_id: string | null
  /** 是否ai跟进 / whether AI wrote it */
  is_ai: boolean | null
}

export interface Attachment {
  /** 附件URL / address of the file */
  cos_url: string | null
  /** 文件扩展名 / extension of the file */
  file_extension: string | null
  /** 素材ID / id of the material */
  material_id: string | null
  /** 附件名称 / name of the file */
  name: string | null
  /** 附件类型:web, file, video, image / kind of attachment: web, file, video, image */
  type: string | null
}

export interface FollowRecord {
  /** 跟进ID / id of the follow-up */
  id: Id
  /** 跟进人ID / id of the member of staff who wrote it */
  follow_user_id: string
  /** 跟进内容 / what happened */
  content: string
  /** 跟进对象 / what it is about */
  target: Target
  /** 关联业务类型,取值同 target_type / type of the target, the values of target_type */
  business_type: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 关联业务ID / id of the target */
  business_id: string
  /** 跟进方式ID / id of the follow method */
  follow_type: Id | null
  /** 跟进方式描述(现在的名称) / name of the follow method, as it is now */
  follow_type_desc: string | null
  /** 自定义字段 / custom fields */
  field_map: Record<string, unknown>
  /** 附件列表 / attachments */
  attachment_list: Attachment[]
  /** 跟进地址信息 / where it happened */
  location: {
    /** 跟进地址纬度 / latitude */
    location_lat: string | null
    /** 跟进地址经度 / longitude */
    location_lng: string | null
    /** 跟进地址名称 / name of the place */
    location_address: string | null
  } | null
  /** 跟进时间戳(毫秒) / follow time: when it happened, in ms */
  follow_time: number
  /** 跟进提醒信息 / reminder */
  remind: {
    /** 是否提醒,0-不提醒,1-提醒 / whether to remind: 0 no, 1 yes */
    is_remind: 0 | 1 | null
    /** 下次跟进时间戳(毫秒) / when the next follow-up is due, in ms */
    time: number | null
    /** 开始前提醒时间间隔(毫秒) / how long before it to remind, in ms */
    before: number | null
    /** 提醒人ID列表 / ids of the staff to remind */
    user_ids: string[]
    /** 提醒内容 / text of the reminder */
    content: string | null
  } | null
}

export interface SystemFollowRecord {
  /** 跟进ID / id of the follow-up */
  id: Id
  /** 跟进人ID / id of the member of staff who wrote it */
  follow_user_id: string
  /** 跟进内容 / what happened */
  content: string
  /** 跟进对象 / what it is about */
  target: Target
  /** 关联业务类型,取值同 target_type / type of the target, the values of target_type */
  business_type: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 关联业务ID / id of the target */
  business_id: string
  /** 系统跟进类型 / kind of the system follow-up */
  title: string | null
  /** 跟进时间戳(毫秒) / follow time: when it happened, in ms */
  follow_time: number
  /** 创建时间戳(毫秒) / when it was written down, in ms */
  create_time: number
}

export interface WholeFollowRecord extends FollowRecord {
  /** 是否系统跟进 / whether the system wrote it */
  system: boolean
  /** 标题 / title */
  title: string | null
  /** 商机阶段id / id of the opportunity’s stage */
  stage_id: string | null
  /** 写入时间戳(毫秒) / when it was written down, in ms */
  create_time: number
  /** 更新时间戳(毫秒) / when it was last changed, in ms */
  update_time: number
  /** 版本号,从 1 起,每次修改、删除、恢复加一 / version, from 1: each update, deletion and restoration adds one */
  version: number
}

export interface CustomerFollowRecord {
  /** 跟进id / id of the follow-up */
  follow_id: Id
  /** 客户id / id of the customer */
  external_user_id: string | null
  /** 客户名称 / name of the customer */
  external_user_name: string | null
  /** 类型信息 1:客户跟进,3:商机跟进,4:未关联的线索跟进,8:线索跟进 / what it is about: 1 customer, 3 opportunity, 4 clue without a customer, 8 clue with one */
  record_type: 1 | 3 | 4 | 8
  /** 跟进方式 / name of the follow method */
  contact_type: string | null
  /** 跟进内容 / what happened */
  follow_content: string
  /** 拜访位置纬度 / latitude of the visit */
  location_lat: string | null
  /** 拜访位置经度 / longitude of the visit */
  location_lng: string | null
  /** 拜访位置名称 / name of the place of the visit */
  location_name: string | null
  /** 员工id / id of the member of staff */
  user_id: string
  /** 创建时间(单位:秒) / when it was written down, in seconds */
  gmt_create: number
  /** 附件 / attachments */
  attachment: {
    /** 文件路径 / address of the file */
    cos_url: string | null
    /** 文件后缀 / extension of the file */
    file_extension: string | null
    /** 文件名 / name of the file */
    name: string | null
    /** 文件类型 / kind of file */
    type: string | null
  }[]
  /** 自定义字段 / custom fields */
  field_map: Record<string, unknown>
}

export interface OpportunityFollowRecord {
  /** 跟进id / id of the follow-up */
  follow_id: Id
  /** 商机阶段id / id of the opportunity’s stage */
  stage_id: string | null
  /** 商机id / id of the opportunity */
  opportunity_id: Id | null
  /** 商机名称 / name of the opportunity */
  opportunity_name: string | null
  /** 类型信息 1:客户跟进,3:商机跟进,4:未关联的线索跟进,8:线索跟进 / what it is about: 1 customer, 3 opportunity, 4 clue without a customer, 8 clue with one */
  record_type: 1 | 3 | 4 | 8
  /** 跟进方式 / name of the follow method */
  contact_type: string | null
  /** 跟进内容 / what happened */
  follow_content: string
  /** 拜访位置纬度 / latitude of the visit */
  location_lat: string | null
  /** 拜访位置经度 / longitude of the visit */
  location_lng: string | null
  /** 拜访位置名称 / name of the place of the visit */
  location_name: string | null
  /** 员工id / id of the member of staff */
  user_id: string
  /** 创建时间(单位:秒) / when it was written down, in seconds */
  gmt_create: number
  /** 附件 / attachments */
  attachment: {
    /** 文件路径 / address of the file */
    cos_url: string | null
    /** 文件后缀 / extension of the file */
    file_extension: string | null
    /** 文件名 / name of the file */
    name: string | null
    /** 文件类型 / kind of file */
    type: string | null
  }[]
  /** 自定义字段 / custom fields */
  field_map: Record<string, unknown>
}

export interface FollowTypeRecord {
  /** 跟进方式ID / id of the follow method */
  id: Id
  /** 跟进方式名称 / name of the follow method */
  name: string
  /** 是否系统内置 / whether it is built in */
  builtin: boolean
  /** 是否启用 / whether it is enabled */
  enabled: boolean
}

export interface CustomFieldOption {
  /** 选项ID / id of the option */
  id: string
  /** 选项名称 / name of the option */
  name: string
}

export interface CustomFieldRecord {
  /** 字段键 / key of the field */
  key: string
  /** 字段名称 / name of the field */
  name: string
  /** 字段类型 / type of the field */
  type: string
  /** 选项 / options */
  options: CustomFieldOption[] | null
  /** 是否必填 / whether it is required */
  required: boolean
}

export interface StaffRecord {
  /** 员工ID / id of the member of staff */
  userId: string
  /** 员工姓名 / name of the member of staff */
  username: string
  /** 别名 / alias */
  alias: string | null
  /** 手机号 / mobile number */
  mobile: string | null
  /** 职务 / position */
  position: string | null
  /** 邮箱 / e-mail address */
  email: string | null
  /** 头像地址 / address of the avatar */
  avatar: string | null
  /** 主部门ID / id of the main department */
  main_department_id: string | null
  /** 所在部门ID,多个以英文逗号分隔 / ids of the departments, with commas between them */
  department_id: string
  /** 状态:1-已激活,2-已禁用,4-未激活,5-已离职 / status: 1 active, 2 disabled, 4 not activated, 5 left */
  status: string
}

export interface DepartmentRecord {
  /** 部门ID / id of the department */
  id: Id
  /** 部门名称 / name of the department */
  name: string
  /** 上级部门ID,顶级部门为 null / id of the department above, null at the top */
  parent_id: Id | null
  /** 同级中的次序 / order among its siblings */
  order: Id | null
}

export interface AccessToken {
  /** 获取到的凭证,最长为512字节 / the token, at most 512 bytes */
  access_token: string
  /** 凭证的有效时间(秒) / how long the token is good for, in seconds */
  expires_in: number
  /** 创建时间(秒);create_at + expires_in 即过期时间 / when it was made, in seconds; it expires at create_at + expires_in */
  create_at: number
}

export interface FollowGetData {
  /** 是否已删除(删除后 90 天之内可以恢复) / whether it is deleted (it can be restored for 90 days) */
  deleted: boolean
  record: WholeFollowRecord
  /** 各版本,新的在前,一次最多 100 个 / the versions, newest first, at most 100 at once */
  history: {
    /** 版本号 / version */
    version: number
    /** create-创建,update-修改,delete-删除,restore-恢复 / what happened: create, update, delete, restore */
    op: 'create' | 'update' | 'delete' | 'restore'
    /** 写入这一版本的时间戳(毫秒) / when this version was written, in ms */
    time: number
    /** 由哪个应用写入;导入的为 null / the app that wrote it; null when imported */
    appid: string | null
    /** 由哪个员工写入;导入的为 null / the member of staff who wrote it; null when imported */
    user_id: string | null
    /** 原因 / the reason */
    reason: string | null
    /** 与上一版本的不同 / what differs from the version before */
    changes: {
      /** 记录里的键;field_map 里的写作 field_map.键 / key of the record; those in field_map are written as field_map.KEY */
      field: string
      /** 原来的值 / value before */
      from: unknown
      /** 改成的值 / value after */
      to: unknown
    }[]
  }[]
  /** 是否还有更早的历史:以最后一个 version 作为 history_before 再取 / whether there is older history: ask again with the last version as history_before */
  has_more: boolean
}

export interface FollowChangesPage {
  /** 变更,按 seq 从小到大;record 是变更之后的记录,删除的是删除之前的内容 / changes by seq; record is the follow-up after the change, for a deletion the one before it */
  records: {
    /** 变更的序号,按提交的次序递增 / number of the change, in the order of the commits */
    seq: number
    /** create-创建,update-修改,delete-删除,restore-恢复 / what happened: create, update, delete, restore */
    op: 'create' | 'update' | 'delete' | 'restore'
    record: WholeFollowRecord
  }[]
  /** 下一次请求的 cursor,请与已写入的数据一起保存 / cursor for the next request: store it together with the data */
  cursor: string
  /** 后面是否还有变更:为 true 请立即再取 / whether there are more changes: if true, ask again at once */
  has_more: boolean
}

export interface FollowReconcileData {
  /** 所含的最后一个变更的序号:先把变更流读到这里,再比较 / number of the last change in it: read the change feed up to here before you compare */
  seq: number
  /** 跟进条数 / number of follow-ups */
  count: number
  /** 校验和,取自 follow/list 答复的那些键,32 位十六进制小写,与次序无关 / checksum, 32 lower-case hex digits, the same in any order */
  checksum: string
  /** 校验和,取自变更流里的完整记录 / checksum of the whole records of the change feed */
  whole_checksum: string
  /** 范围内的每一天 / each day of the range */
  days: {
    /** 日期,企业时区,yyyy-MM-dd / day in the company’s time zone, yyyy-MM-dd */
    day: string
    /** 跟进条数 / number of follow-ups */
    count: number
    /** 校验和,取自 follow/list 答复的那些键,32 位十六进制小写,与次序无关 / checksum, 32 lower-case hex digits, the same in any order */
    checksum: string
    /** 校验和,取自变更流里的完整记录 / checksum of the whole records of the change feed */
    whole_checksum: string
  }[]
}

export interface FollowBatchResult {
  /** 写入的条数 / how many were written */
  created: number
  /** 未写入的条数 / how many were not */
  failed: number
  /** 各条的结果,次序与 records 相同 / a result for each row, in the order of records */
  results: {
    /** 0-已写入;否则为错误码,含义同应答的 code / 0 written; otherwise an error code, as code of the answer */
    code: number
    /** 结果说明 / the result in words (Chinese) */
    msg: string
    /** 跟进ID,未写入为 null / id of the follow-up, null when it was not written */
    id: Id | null
    /** 含义同应答的 sub_code / as sub_code of the answer */
    sub_code: string
  }[]
}

export interface FollowVersion {
  /** 跟进ID / id of the follow-up */
  id: Id
  /** 写入后的版本号,从 1 起 / version after the write, from 1 */
  version: number
}

export interface SavedCounts {
  /** 新增的个数 / how many were added */
  added: number
  /** 有改动的个数 / how many were changed */
  updated: number
  /** 没有改动的个数 / how many were as given already */
  unchanged: number
}

export interface DirectoryCounts {
  departments: {
    /** 新增的个数 / how many were added */
    added: number
    /** 有改动的个数 / how many were changed */
    updated: number
    /** 没有改动的个数 / how many were as given already */
    unchanged: number
    /** 移除的个数 / how many were removed */
    removed: number
  }
  staff: {
    /** 新增的个数 / how many were added */
    added: number
    /** 有改动的个数 / how many were changed */
    updated: number
    /** 没有改动的个数 / how many were as given already */
    unchanged: number
    /** 记为离职的个数 / how many were marked as having left */
    left: number
  }
}

export interface FollowCreateParams {
  /** 类型:0-为线索创建跟进记录,1-为客户创建跟进记录,2-为商机创建跟进记录;给出 target_type 时可不填 / what it is about: 0 clue, 1 customer, 2 opportunity; needless with target_type */
  type?: 0 | 1 | 2
  /** type=0,线索id;type=1,客户id;type=2,商机id / id of the clue (type=0), customer (type=1) or opportunity (type=2) */
  id: string
  /** 员工id / id of the member of staff */
  user_id: string
  /** 跟进方式的名称 / name of the follow method */
  contact_type: string
  /** 跟进内容 / what happened */
  follow_content: string
  /** 拜访位置纬度 / latitude of the visit */
  location_lat?: string
  /** 拜访地址经度 / longitude of the visit */
  location_lng?: string
  /** 拜访位置名称 / name of the place of the visit */
  location_name?: string
  /** 商机阶段id(当type=2时此字段必填) / id of the opportunity’s stage, required with type=2 */
  stage_id?: IdLike
  /** 自定义字段 / custom fields */
  field_map?: Record<string, unknown>
  /** 本地附件,最多支持9个附件 / attachments, at most 9 */
  attachment?: {
    /** 文件路径 / address of the file */
    cos_url?: string
    /** 文件后缀 / extension of the file */
    file_extension?: string
    /** 文件名 / name of the file */
    name?: string
    /** 文件类型 / kind of file */
    type?: 'web' | 'file' | 'video' | 'image'
  }[]
  /** 代替 type。跟进对象类型:1-客户跟进,3-商机跟进,4-线索跟进,9-订单跟进,10-群跟进,11-联系人跟进,12-企业跟进 / instead of type: 1 customer, 3 opportunity, 4 clue, 9 order, 10 group chat, 11 contact, 12 company */
  target_type?: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 跟进对象 / what it is about */
  target?: {
    /** 联系人ID / id of the contact */
    contact_id?: string
    /** 外部联系人ID / id of the external contact (customer) */
    external_id?: string
    /** 企业ID / id of the company */
    company_id?: string
    /** 群聊ID / id of the group chat */
    chat_id?: string
    /** 线索ID / id of the clue */
    clue_id?: string
    /** 是否ai跟进 / whether AI wrote it */
    is_ai?: boolean
  }
  /** 跟进标题 / title */
  title?: string
  /** 是否ai跟进 / whether AI wrote it */
  is_ai?: boolean
  /** 跟进时间戳(毫秒),默认为现在 / follow time in ms, now by default */
  follow_time?: number
  /** 跟进提醒信息 / reminder */
  remind?: {
    /** 是否提醒,0-不提醒,1-提醒 / whether to remind: 0 no, 1 yes */
    is_remind?: 0 | 1
    /** 下次跟进时间戳(毫秒) / when the next follow-up is due, in ms */
    time?: number
    /** 开始前提醒时间间隔(毫秒) / how long before it to remind, in ms */
    before?: number
    /** 提醒人ID列表 / ids of the staff to remind */
    user_ids?: string[]
    /** 提醒内容 / text of the reminder */
    content?: string
  }
}

export interface StaffWritten {
  /** 员工ID / id of the member of staff */
  user_id: string
  /** 姓名 / name */
  name: string
  /** 所在部门ID / ids of the departments */
  department_ids?: IdLike[]
  /** 主部门ID / id of the main department */
  main_department_id?: IdLike
  /** 状态:1-已激活,2-已禁用,4-未激活,5-已离职 / status: 1 active, 2 disabled, 4 not activated, 5 left */
  status?: 1 | 2 | 4 | 5
  /** 别名 / alias */
  alias?: string
  /** 手机号 / mobile number */
  mobile?: string
  /** 职务 / position */
  position?: string
  /** 邮箱 / e-mail address */
  email?: string
  /** 头像地址 / address of the avatar */
  avatar?: string
}

export interface DepartmentWritten {
  /** 部门ID / id of the department */
  id: IdLike
  /** 部门名称 / name of the department */
  name: string
  /** 上级部门ID;顶级部门不给 / id of the department above; left out at the top */
  parent_id?: IdLike
  /** 同级中的次序 / order among its siblings */
  order?: IdLike
}

export interface AccessTokenParams {
  /** 应用ID / id of the app */
  appid: string
  /** 应用secret / secret of the app */
  app_secret: string
}

export interface FollowListParams extends Paging {
  /** 跟进对象类型:1-客户跟进,3-商机跟进,4-线索跟进,9-订单跟进,10-群跟进,11-联系人跟进,12-企业跟进 / what it is about: 1 customer, 3 opportunity, 4 clue, 9 order, 10 group chat, 11 contact, 12 company */
  target_type?: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 跟进目标ID列表:business_id 或 target 中任一 ID 相符即可 / ids of targets: business_id or any id inside target has to be one of them */
  target_id_list?: string[]
  /** 跟进ID列表 / ids of follow-ups */
  id_list?: IdLike[]
  /** 跟进人ID列表 / ids of the staff who wrote them */
  follow_user_ids?: string[]
  /** 跟进人所在部门列表(跟进人现在所在的部门,默认含下级部门) / ids of the departments that their writers are in now, those below included by default */
  follow_dep_ids?: IdLike[]
  /** 是否包含 follow_dep_ids 的下级部门:1-包含(默认),0-不包含 / whether departments below those of follow_dep_ids count: 1 yes (default), 0 no */
  fetch_child?: 0 | 1
  /** 跟进标题,精确匹配 / title, the whole of it */
  title?: string
  /** 跟进时间开始,格式为yyyy-MM-dd,含当天 / first day of the follow time, yyyy-MM-dd */
  follow_time_start?: string
  /** 跟进时间结束,格式为yyyy-MM-dd,含当天 / last day of the follow time, yyyy-MM-dd, included */
  follow_time_end?: string
  /** 跟进方式ID列表 / ids of follow methods */
  follow_type_list?: IdLike[]
  /** 跟进方式名称,精确匹配 / name of the follow method, the whole of it */
  follow_type_name?: string
}

export interface FollowListForSystemParams extends Paging {
  /** 跟进对象类型:1-客户跟进,3-商机跟进,4-线索跟进,9-订单跟进,10-群跟进,11-联系人跟进,12-企业跟进 / what it is about: 1 customer, 3 opportunity, 4 clue, 9 order, 10 group chat, 11 contact, 12 company */
  target_type?: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 跟进目标ID列表:business_id 或 target 中任一 ID 相符即可 / ids of targets: business_id or any id inside target has to be one of them */
  target_id_list?: string[]
  /** 跟进ID列表 / ids of follow-ups */
  id_list?: IdLike[]
  /** 跟进人ID列表 / ids of the staff who wrote them */
  follow_user_ids?: string[]
  /** 跟进人所在部门列表(跟进人现在所在的部门,默认含下级部门) / ids of the departments that their writers are in now, those below included by default */
  follow_dep_ids?: IdLike[]
  /** 是否包含 follow_dep_ids 的下级部门:1-包含(默认),0-不包含 / whether departments below those of follow_dep_ids count: 1 yes (default), 0 no */
  fetch_child?: 0 | 1
  /** 系统跟进类型 / kind of the system follow-up */
  title?: string
  /** 跟进时间开始,格式为yyyy-MM-dd,含当天 / first day of the follow time, yyyy-MM-dd */
  follow_time_start?: string
  /** 跟进时间结束,格式为yyyy-MM-dd,含当天 / last day of the follow time, yyyy-MM-dd, included */
  follow_time_end?: string
}

export interface FollowUpdateParams {
  /** 跟进ID / id of the follow-up */
  follow_id: IdLike
  /** 操作人的员工id / id of the member of staff who does this */
  user_id: string
  /** 所依据的版本号;与现在的版本不同则不写入,答 40910。不给则不比较 / the version that you have seen: if it is not the present one, nothing is written and the answer is 40910. Not compared when left out */
  version?: number
  /** 修改的原因 / why it is changed */
  reason?: string
  /** 跟进内容 / what happened */
  follow_content?: string
  /** 跟进方式的名称 / name of the follow method */
  contact_type?: string
  /** 跟进时间戳(毫秒),可以是过去 / follow time in ms, may lie in the past */
  follow_time?: number
  /** 跟进对象类型:1-客户跟进,3-商机跟进,4-线索跟进,9-订单跟进,10-群跟进,11-联系人跟进,12-企业跟进;改变类型时须同时给出 id / what it is about: 1 customer, 3 opportunity, 4 clue, 9 order, 10 group chat, 11 contact, 12 company; another type takes an id too */
  target_type?: 1 | 3 | 4 | 9 | 10 | 11 | 12
  /** 跟进对象的id(记录的 business_id) / id of the target (business_id of the record) */
  id?: string
  /** 跟进对象:整个替换 / what it is about, replaced as a whole */
  target?: {
    /** 联系人ID / id of the contact */
    contact_id?: string
    /** 外部联系人ID / id of the external contact (customer) */
    external_id?: string
    /** 企业ID / id of the company */
    company_id?: string
    /** 群聊ID / id of the group chat */
    chat_id?: string
    /** 线索ID / id of the clue */
    clue_id?: string
    /** 是否ai跟进 / whether AI wrote it */
    is_ai?: boolean
  }
  /** 是否ai跟进 / whether AI wrote it */
  is_ai?: boolean
  /** 跟进标题 / title */
  title?: string
  /** 商机阶段id,只用于商机的跟进 / stage of the opportunity, for follow-ups of opportunities only */
  stage_id?: IdLike
  /** 自定义字段:整个替换 / custom fields, replaced as a whole */
  field_map?: Record<string, unknown>
  /** 本地附件,最多支持9个附件:整个替换 / attachments, at most 9, replaced as a whole */
  attachment?: {
    /** 文件路径 / address of the file */
    cos_url?: string
    /** 文件后缀 / extension of the file */
    file_extension?: string
    /** 文件名 / name of the file */
    name?: string
    /** 文件类型 / kind of file */
    type?: 'web' | 'file' | 'video' | 'image'
  }[]
  /** 拜访位置纬度,与经度、名称一起:整个替换 / latitude of the visit, replaced as a whole together with longitude and name */
  location_lat?: string
  /** 拜访地址经度 / longitude of the visit */
  location_lng?: string
  /** 拜访位置名称 / name of the place of the visit */
  location_name?: string
  /** 跟进提醒信息:整个替换 / the reminder, replaced as a whole */
  remind?: {
    /** 是否提醒,0-不提醒,1-提醒 / whether to remind: 0 no, 1 yes */
    is_remind?: 0 | 1
    /** 下次跟进时间戳(毫秒) / when the next follow-up is due, in ms */
    time?: number
    /** 开始前提醒时间间隔(毫秒) / how long before it to remind, in ms */
    before?: number
    /** 提醒人ID列表 / ids of the staff to remind */
    user_ids?: string[]
    /** 提醒内容 / text of the reminder */
    content?: string
  }
  /** 要清空的内容;null、"" 与 [] 表示不改 / what to make empty; null, "" and [] mean “leave as it is” */
  clear?: ('target' | 'field_map' | 'attachment' | 'location' | 'remind' | 'title' | 'stage_id')[]
}

export interface FollowDeleteParams {
  /** 跟进ID / id of the follow-up */
  follow_id: IdLike
  /** 操作人的员工id / id of the member of staff who does this */
  user_id: string
  /** 删除的原因 / why it is deleted */
  reason: string
  /** 所依据的版本号;与现在的版本不同则不写入,答 40910。不给则不比较 / the version that you have seen: if it is not the present one, nothing is written and the answer is 40910. Not compared when left out */
  version?: number
}

export interface FollowRestoreParams {
  /** 跟进ID / id of the follow-up */
  follow_id: IdLike
  /** 操作人的员工id / id of the member of staff who does this */
  user_id: string
  /** 恢复的原因 / why it is restored */
  reason?: string
  /** 所依据的版本号;与现在的版本不同则不写入,答 40910。不给则不比较 / the version that you have seen: if it is not the present one, nothing is written and the answer is 40910. Not compared when left out */
  version?: number
}

export interface FollowBatchCreateParams {
  /** 跟进,1 到 100 条,每条与创建跟进记录的请求体相同 / 1 to 100 follow-ups, each like the body of follow/create */
  records: FollowCreateParams[]
  /** true:有一条不合格就全部不写入;false(默认):各条各自成败 / true: one bad row, and none is written; false (default): each for itself */
  atomic?: boolean
}

export interface FollowGetParams {
  /** 跟进ID / id of the follow-up */
  follow_id: IdLike
  /** 只要这个版本之前的历史,用于历史很长时翻到更早的部分 / only the history before this version: to page through a long one */
  history_before?: number
}

export interface FollowChangesParams {
  /** 上一次应答的 cursor;不给则从头读起 / cursor of the answer before; from the start when left out */
  cursor?: string
  /** 最多几条变更,1 到 1000,默认 100;记录很长时一页会更少 / how many changes at most; fewer when records are long */
  limit?: number
}

export interface FollowReconcileParams {
  /** 跟进时间开始,格式为yyyy-MM-dd,含当天 / first day of the follow time, yyyy-MM-dd */
  follow_time_start: string
  /** 跟进时间结束,格式为yyyy-MM-dd,含当天;与开始最多相隔 31 天(含首尾) / last day of the follow time, yyyy-MM-dd, included; at most 31 days in all */
  follow_time_end: string
  /** 0-只算员工跟进,1-只算系统跟进;不给则都算 / 0 only those by staff, 1 only those by the system; both when left out */
  system?: 0 | 1
}

export interface CustomerFollowListParams extends Paging {
  /** 员工id(员工id和客户id必须同时为空或者同时不为空) / id of the member of staff; give it together with external_user_id or not at all */
  user_id?: string
  /** 客户id(员工id和客户id必须同时为空或者同时不为空) / id of the customer; give it together with user_id or not at all */
  external_user_id?: string
  /** 跟进id / id of the follow-up */
  follow_id?: IdLike
  /** 开始时间(单位:秒),与 end_time 同时给出,时间区间不能超过30天 / first second; give it together with end_time, at most 30 days apart */
  start_time?: number
  /** 结束时间(单位:秒),与 start_time 同时给出,时间区间不能超过30天 / last second; give it together with start_time, at most 30 days apart */
  end_time?: number
}

export interface OpportunityFollowListParams extends Paging {
  /** 员工id / id of the member of staff */
  user_id?: string
  /** 客户id / id of the customer */
  external_user_id?: string
  /** 跟进id / id of the follow-up */
  follow_id?: IdLike
  /** 开始时间(单位:秒),与 end_time 同时给出,时间区间不能超过30天 / first second; give it together with end_time, at most 30 days apart */
  start_time?: number
  /** 结束时间(单位:秒),与 start_time 同时给出,时间区间不能超过30天 / last second; give it together with start_time, at most 30 days apart */
  end_time?: number
  /** 商机id / id of the opportunity */
  opportunity_id?: IdLike
}

export interface FollowTypeListParams extends Paging {}

export interface FollowTypeAddParams {
  /** 跟进方式名称 / name of the follow method */
  name: string
}

export interface FollowTypeRenameParams {
  /** 跟进方式ID / id of the follow method */
  id: IdLike
  /** 跟进方式名称 / name of the follow method */
  name: string
}

export interface FollowTypeDisableParams {
  /** 跟进方式ID / id of the follow method */
  id: IdLike
}

export interface FollowTypeEnableParams {
  /** 跟进方式ID / id of the follow method */
  id: IdLike
}

export interface FollowTypeDeleteParams {
  /** 跟进方式ID / id of the follow method */
  id: IdLike
}

export interface CustomFieldListParams extends Paging {}

export interface CustomFieldSaveParams {
  /** 字段键,跟进的 field_map 里用的键 / key of the field: the one in field_map of follow-ups */
  key: string
  /** 字段名称 / name of the field */
  name: string
  /** 字段类型:text-文字,number-数字,date-日期,datetime-时间,single-单选,multi-多选;建立后不能改 / type of the field: text, number, date, datetime, single (one option), multi (several); cannot be changed later */
  type: 'text' | 'number' | 'date' | 'datetime' | 'single' | 'multi'
  /** 选项,单选与多选必填 / options, required for single and multi */
  options?: {
    /** 选项ID / id of the option */
    id: string
    /** 选项名称 / name of the option */
    name: string
  }[]
  /** 是否必填 / whether it is required */
  required?: boolean
}

export interface CustomFieldDeleteParams {
  /** 字段键,跟进的 field_map 里用的键 / key of the field: the one in field_map of follow-ups */
  key: string
}

export interface StaffListParams extends Paging {}

export interface DepartmentListParams extends Paging {}

export interface StaffSaveParams {
  /** 员工,1 到 1000 个;按 user_id 新增,或整个替换 / 1 to 1000 members of staff: added, or replaced as a whole, by user_id */
  staff: StaffWritten[]
}

export interface StaffLeaveParams {
  /** 员工ID(1 到 1000 个) / ids of 1 to 1000 members of staff */
  user_ids: string[]
}

export interface StaffMoveParams {
  /** 员工ID(1 到 1000 个) / ids of 1 to 1000 members of staff */
  user_ids: string[]
  /** 移到这些部门,原来的部门不再属于 / departments to move to; they leave the ones they are in */
  department_ids: IdLike[]
  /** 主部门ID;不给则为第一个部门 / id of the main department, the first one when left out */
  main_department_id?: IdLike
}

export interface DepartmentSaveParams {
  /** 部门,1 到 1000 个;按 id 新增,或整个替换 / 1 to 1000 departments: added, or replaced as a whole, by id */
  departments: DepartmentWritten[]
}

export interface DepartmentMoveParams {
  /** 部门ID / id of the department */
  id: IdLike
  /** 新的上级部门ID;0 表示移为顶级部门 / id of the department above from now on; 0 moves it to the top */
  parent_id: IdLike
}

export interface DirectoryReplaceParams {
  /** 全部部门,最多 10000 个;不在其中的部门被移除 / all departments, at most 10000; those that are not among them are removed */
  departments: DepartmentWritten[]
  /** 全部员工,最多 100000 个,所在部门合计最多 500000 个;不在其中的员工记为已离职 / all staff, at most 100000, with at most 500000 departments between them; those who are not among them are marked as having left */
  staff: StaffWritten[]
}

/** What each operation takes and answers (the `data` of the envelope). */
export interface Operations {
  /** 获取access_token / Get an access token. */
  accessToken: { params: AccessTokenParams; data: AccessToken }
  /** 员工跟进列表 / List follow-ups written by staff. */
  followList: { params: FollowListParams; data: Page<FollowRecord> }
  /** 系统跟进列表 / List follow-ups written by the system. */
  followListForSystem: { params: FollowListForSystemParams; data: Page<SystemFollowRecord> }
  /** 创建跟进记录 / Create a follow-up. */
  followCreate: { params: FollowCreateParams; data: Id }
  /** 修改跟进记录 / Change a follow-up. genjin 的补充 / added by genjin. */
  followUpdate: { params: FollowUpdateParams; data: FollowVersion }
  /** 删除跟进记录 / Delete a follow-up. genjin 的补充 / added by genjin. */
  followDelete: { params: FollowDeleteParams; data: FollowVersion }
  /** 恢复跟进记录 / Restore a deleted follow-up. genjin 的补充 / added by genjin. */
  followRestore: { params: FollowRestoreParams; data: FollowVersion }
  /** 批量创建跟进记录 / Create up to 100 follow-ups. genjin 的补充 / added by genjin. */
  followBatchCreate: { params: FollowBatchCreateParams; data: FollowBatchResult }
  /** 跟进记录详情 / One follow-up with its version and history. genjin 的补充 / added by genjin. */
  followGet: { params: FollowGetParams; data: FollowGetData }
  /** 跟进变更流 / Every change of follow-ups in commit order. genjin 的补充 / added by genjin. */
  followChanges: { params: FollowChangesParams; data: FollowChangesPage }
  /** 跟进对账 / Count and checksum of each day. genjin 的补充 / added by genjin. */
  followReconcile: { params: FollowReconcileParams; data: FollowReconcileData }
  /** 获取客户跟进记录 / List follow-ups of customers (older list). */
  customerFollowList: { params: CustomerFollowListParams; data: Page<CustomerFollowRecord> }
  /** 获取商机跟进记录 / List follow-ups of opportunities (older list). */
  opportunityFollowList: { params: OpportunityFollowListParams; data: Page<OpportunityFollowRecord> }
  /** 跟进方式列表 / List follow methods. genjin 的补充 / added by genjin. */
  followTypeList: { params: FollowTypeListParams; data: Page<FollowTypeRecord> }
  /** 新增跟进方式 / Add a follow method. genjin 的补充 / added by genjin. */
  followTypeAdd: { params: FollowTypeAddParams; data: FollowTypeRecord }
  /** 跟进方式改名 / Rename a follow method. genjin 的补充 / added by genjin. */
  followTypeRename: { params: FollowTypeRenameParams; data: FollowTypeRecord }
  /** 停用跟进方式 / Disable a follow method. genjin 的补充 / added by genjin. */
  followTypeDisable: { params: FollowTypeDisableParams; data: FollowTypeRecord }
  /** 启用跟进方式 / Enable a follow method. genjin 的补充 / added by genjin. */
  followTypeEnable: { params: FollowTypeEnableParams; data: FollowTypeRecord }
  /** 删除跟进方式 / Delete a follow method that nothing uses. genjin 的补充 / added by genjin. */
  followTypeDelete: { params: FollowTypeDeleteParams; data: FollowTypeRecord }
  /** 自定义字段列表 / List custom fields. genjin 的补充 / added by genjin. */
  customFieldList: { params: CustomFieldListParams; data: Page<CustomFieldRecord> }
  /** 保存自定义字段 / Add or change a custom field. genjin 的补充 / added by genjin. */
  customFieldSave: { params: CustomFieldSaveParams; data: CustomFieldRecord }
  /** 删除自定义字段 / Delete a custom field. genjin 的补充 / added by genjin. */
  customFieldDelete: { params: CustomFieldDeleteParams; data: CustomFieldRecord }
  /** 员工列表 / List staff. */
  staffList: { params: StaffListParams; data: Page<StaffRecord> }
  /** 部门列表 / List departments. genjin 的补充 / added by genjin. */
  departmentList: { params: DepartmentListParams; data: Page<DepartmentRecord> }
  /** 批量保存员工 / Add or replace staff. genjin 的补充 / added by genjin. */
  staffSave: { params: StaffSaveParams; data: SavedCounts }
  /** 员工离职 / Mark staff as having left. genjin 的补充 / added by genjin. */
  staffLeave: { params: StaffLeaveParams; data: SavedCounts }
  /** 员工调动部门 / Move staff to other departments. genjin 的补充 / added by genjin. */
  staffMove: { params: StaffMoveParams; data: SavedCounts }
  /** 批量保存部门 / Add or replace departments. genjin 的补充 / added by genjin. */
  departmentSave: { params: DepartmentSaveParams; data: SavedCounts }
  /** 部门调整上级 / Move a department below another. genjin 的补充 / added by genjin. */
  departmentMove: { params: DepartmentMoveParams; data: SavedCounts }
  /** 整体替换通讯录 / Replace the whole directory. genjin 的补充 / added by genjin. */
  directoryReplace: { params: DirectoryReplaceParams; data: DirectoryCounts }
}

export type OperationName = keyof Operations

/** Name → method, path below /openapi/ and, for what writes, 1. */
export const OPERATIONS: Readonly<Record<OperationName, readonly ['GET' | 'POST', string, 1?]>> = {
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
}

/** Every `code` that genjin answers when it refuses, by name. */
export const ERROR_CODES = {
  /** access_token 缺失或无法识别 / access_token missing or unknown */
  tokenUnknown: 10001,
  /** access_token 已过期 / access_token expired */
  tokenExpired: 10010,
  /** access_token 已被作废,或应用已停用 / access_token revoked, or the app is disabled */
  tokenRevoked: 10011,
  /** appid 或 app_secret 不正确,或应用已停用 / appid or app_secret wrong, or the app is disabled */
  credentialsWrong: 40100,
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
  /** 要操作的数据不存在 / what the request names does not exist */
  notFound: 40410,
  /** 跟进已被别人修改,version 不是现在的版本 / the follow-up was changed meanwhile: version is not the present one */
  versionConflict: 40910,
  /** 与现有数据相冲突 / in conflict with what is there */
  conflict: 40920,
  /** cursor 已失效,变更流不再完整 / the cursor is no longer good: changes after it may be missing */
  cursorExpired: 40930,
  /** 同一 Idempotency-Key 已用于内容不同的请求 / the Idempotency-Key was used for a different request */
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
  /** 服务暂时不可用 / the service is not ready */
  notReady: 50300,
} as const

/** Keys of answers that are ids. */
export const ID_KEYS: readonly string[] = [
  'follow_id',
  'follow_type',
  'id',
  'opportunity_id',
  'order',
  'parent_id',
]

/** Keys of requests that the platform documents as long, or as lists of them: sent as bare numbers. */
export const LONG_KEYS: readonly string[] = [
  'follow_dep_ids',
  'follow_id',
  'follow_type_list',
  'opportunity_id',
  'stage_id',
]
