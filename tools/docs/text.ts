import type { OperationName } from '../../packages/contract/src/operations.ts'
import type { Words } from '../../packages/contract/src/schema.ts'

/** What an operation does and what is worth knowing, and its rules in docs/rules: `T1` or `T1–T4`. */
export interface About extends Words {
  readonly rules: string
}

interface Group extends Words {
  readonly operations: Partial<Readonly<Record<OperationName, About>>>
}

/** The index of docs/api, in its order. The examples run in this order too. */
export const GROUPS: readonly Group[] = [
  {
    zh: '凭证',
    en: 'Credentials',
    operations: {
      accessToken: {
        rules: 'T1–T4',
        zh: '用应用的 appid 与 app_secret 换取 access_token，其他接口都要带上它。凭证有效期为两小时，有效期内再次获取返回同一个凭证：请缓存，到期前再重新获取；每个应用每分钟最多获取 100 次。收到 10001、10010、10011 时请重新获取。',
        en: 'Exchanges the appid and app_secret of an app for an access_token, which all other operations require. A token is valid for two hours, and until then the same one is returned: cache it. An app may request a token 100 times a minute. Fetch a new one when a response has the code 10001, 10010 or 10011.',
      },
    },
  },
  {
    zh: '跟进查询',
    en: 'Reading follow-ups',
    operations: {
      followList: {
        rules: 'L1–L14',
        zh: '查询员工的跟进，按跟进时间倒序。条件均可不传；条件之间为“且”，一个列表的各项之间为“或”。`total` 是精确值，与当页数据取自同一时刻。',
        en: 'Lists follow-ups written by staff, latest follow time first. All filters are optional; filters combine with AND, the entries of a list with OR. `total` is exact and taken at the same moment as the page.',
      },
      followListForSystem: {
        rules: 'L14',
        zh: '查询系统的跟进，排序、条件与分页同[员工跟进列表](follow-list.md)，但不能按跟进方式筛选；`title` 是系统跟进的类型。',
        en: 'Lists follow-ups written by the system. Order, filters and paging are those of the [list of staff follow-ups](follow-list.en.md), except that there are no filters by follow type; `title` is the kind of system follow-up.',
      },
      followGet: {
        rules: 'W5',
        zh: '返回一条跟进的完整记录、版本号与修改历史：由谁（应用与员工）、何时、因何，将哪些字段从什么改成什么，新的在前。已删除的跟进在 90 天内仍可查询，`deleted` 为 true。',
        en: 'Returns the whole record of a follow-up with its version and history: who (app and staff member) changed which keys from what to what, when and why, newest first. A deleted follow-up is available for 90 days, with `deleted` true.',
      },
      customerFollowList: {
        rules: 'O1–O6',
        zh: '平台较早的列表接口：查询客户与线索的员工跟进，按创建时间倒序。时间条件以秒为单位，比较创建时间，区间不超过 30 天。新程序请使用[员工跟进列表](follow-list.md)。',
        en: 'An older list of the platform: staff follow-ups of customers and clues, latest create time first. Time filters are in seconds and apply to the create time, at most 30 days apart. New programs should use the [list of staff follow-ups](follow-list.en.md).',
      },
      opportunityFollowList: {
        rules: 'O2–O6',
        zh: '平台较早的列表接口：查询商机的员工跟进，按创建时间倒序，可按 `opportunity_id` 筛选。时间条件以秒为单位，比较创建时间。',
        en: 'An older list of the platform: staff follow-ups of opportunities, latest create time first, optionally of one `opportunity_id`. Time filters are in seconds and apply to the create time.',
      },
    },
  },
  {
    zh: '跟进写入',
    en: 'Writing follow-ups',
    operations: {
      followCreate: {
        rules: 'N1–N2',
        zh: '创建一条跟进，`data` 是它的 ID。`contact_type` 是已启用的跟进方式的名称，`user_id` 须为本企业的员工，`field_map` 须符合企业的自定义字段；任何一项不符都不会写入。请带上 `Idempotency-Key`：连接中断后原样重试，不会重复写入。',
        en: 'Creates a follow-up; `data` is its ID. `contact_type` must be the name of an enabled follow type, `user_id` a staff member, and `field_map` must fit the custom fields of the company; otherwise nothing is written. Send an `Idempotency-Key`: the same request can then be repeated after a broken connection without a second follow-up.',
      },
      followBatchCreate: {
        rules: 'W4',
        zh: '一次创建 1 到 100 条跟进，每条同[创建跟进记录](follow-create.md)。`results` 依 `records` 的顺序给出每条的结果，一条不合格不影响其他；`atomic` 为 true 时，只要有一条不合格就全部不写入。',
        en: 'Creates 1 to 100 follow-ups, each as in [follow/create](follow-create.en.md). `results` holds the result of each row in the order of `records`, and a bad row does not affect the others; with `atomic` true, one bad row refuses all.',
      },
      followUpdate: {
        rules: 'W1',
        zh: '修改一条跟进：只修改传入的字段，`data` 中有新的版本号。传了 `version` 时，它须为当前版本号，否则返回 [40910](../errors/40910.md)，不写入：两人同时修改，只有一人成功。要清空一项，将其名称写入 `clear`；自定义字段、附件、跟进对象、提醒与地点各自整体替换；没有任何修改内容是错误。系统跟进不能修改。',
        en: 'Updates a follow-up: the given fields, and nothing else; `data` holds the new version. If `version` is given, it must be the current one, otherwise [40910](../errors/40910.en.md) is returned and nothing is written: of two people who update at the same time, one succeeds. To clear a field, name it in `clear`; custom fields, attachments, target, reminder and location are each replaced as a whole; a request without any change is an error. System follow-ups cannot be updated.',
      },
      followDelete: {
        rules: 'W2',
        zh: '删除一条跟进，操作的员工与原因记入历史。请求成功后，它立即从所有列表、总数与对账中消失；90 天内可以[恢复](follow-restore.md)。',
        en: 'Deletes a follow-up; its history records who did so and why. As soon as the request succeeds, it is gone from all lists, totals and reconciliations; for 90 days it can be [restored](follow-restore.en.md).',
      },
      followRestore: {
        rules: 'W3',
        zh: '恢复一条 90 天内删除的跟进，内容与删除前相同，版本号继续递增。跟进未被删除时返回 [40920](../errors/40920.md)。',
        en: 'Restores a follow-up that was deleted within the last 90 days, as it was; its version continues to count. For one that is not deleted, [40920](../errors/40920.en.md) is returned.',
      },
    },
  },
  {
    zh: '变更流与对账',
    en: 'Change feed and reconciliation',
    operations: {
      followChanges: {
        rules: 'G1–G3',
        zh: '按提交顺序读取跟进的每一次变更，各读一次，用于将全部跟进同步到其他系统。第一次不传 `cursor`，之后传上一次返回的 `cursor`；`has_more` 为 true 时立即继续读取。每次返回的 `cursor` 都要保存，没有变更时也是：它在 90 天后失效（[40930](../errors/40930.md)），届时须从头读取。',
        en: 'Reads every change of follow-ups once, in commit order, to keep a copy of them elsewhere. Start without a `cursor`, continue with that of the previous response, at once while `has_more` is true. Store the `cursor` of every response, even one without changes: it expires after 90 days ([40930](../errors/40930.en.md)), and everything must then be read again.',
      },
      followReconcile: {
        rules: 'G4–G5',
        zh: '返回指定日期范围（企业时区，最多 31 天）内每天的跟进条数与两个校验和（算法与示例见[变更流](../change-feed.md#校验和)），用于核对同步的数据：`whole_checksum` 取自变更流中的完整记录，`checksum` 只取自 follow/list 返回的字段。请先将[变更流](follow-changes.md)读到返回的 `seq`，再比较。',
        en: 'Returns the number of follow-ups of each day and two checksums over them ([with a worked example](../change-feed.en.md#the-checksum)), for up to 31 days in the time zone of the company, to verify a copy: `whole_checksum` covers the whole records of the change feed, `checksum` only the keys that follow/list returns. Read the [change feed](follow-changes.en.md) up to `seq` before comparing.',
      },
    },
  },
  {
    zh: '跟进方式',
    en: 'Follow types',
    operations: {
      followTypeList: {
        rules: 'O9',
        zh: '查询企业的跟进方式，按 ID 升序。`enabled` 为 false 的不能用于新的跟进，`builtin` 为 true 的不能删除。',
        en: 'Lists the follow types of the company by ID. Those with `enabled` false cannot be used for new follow-ups, those with `builtin` true cannot be deleted.',
      },
      followTypeAdd: {
        rules: 'F1',
        zh: '新增一个已启用的跟进方式。名称不能与其他跟进方式（包括已停用的）重复，全角与半角字符视为相同；重名时返回 [40920](../errors/40920.md)。',
        en: 'Adds a follow type, enabled. Its name must differ from those of all others, disabled ones included; full-width and half-width characters count as the same. If the name is taken, [40920](../errors/40920.en.md) is returned.',
      },
      followTypeRename: {
        rules: 'F1',
        zh: '重命名跟进方式，内置的也可以。新名称立即在各处生效，包括已有的跟进；这不算跟进的变更，跟进的版本号不变。',
        en: 'Renames a follow type, built-in ones included. The new name shows everywhere at once, in existing follow-ups too; this is not a change of the follow-ups, whose versions stay the same.',
      },
      followTypeDisable: {
        rules: 'F1',
        zh: '停用跟进方式：不能再用于新的跟进；已有的跟进不变，仍可按它筛选。重复停用也返回成功。',
        en: 'Disables a follow type: new follow-ups cannot use it; existing ones are unchanged and can still be filtered by it. Disabling it again succeeds too.',
      },
      followTypeEnable: {
        rules: 'F1',
        zh: '启用已停用的跟进方式。重复启用也返回成功。',
        en: 'Enables a disabled follow type. Enabling it again succeeds too.',
      },
      followTypeDelete: {
        rules: 'F1',
        zh: '删除一个从未使用的跟进方式，`data` 是被删除的跟进方式。系统内置的，以及跟进或其历史用到的，不能删除（[40920](../errors/40920.md)），但可以[停用](follow-type-disable.md)。',
        en: 'Deletes an unused follow type; `data` is the deleted one. A follow type that is built in, or used by a follow-up or its history, cannot be deleted ([40920](../errors/40920.en.md)), only [disabled](follow-type-disable.en.md).',
      },
    },
  },
  {
    zh: '自定义字段',
    en: 'Custom fields',
    operations: {
      customFieldList: {
        rules: 'F3',
        zh: '查询企业定义的自定义字段，按 `key` 排序。企业定义了自定义字段后，创建与修改跟进时 `field_map` 的值须符合定义。',
        en: 'Lists the custom fields that the company has defined, by `key`. Once there are any, `field_map` must fit them when a follow-up is created or updated.',
      },
      customFieldSave: {
        rules: 'F3',
        zh: '新增一个自定义字段，或按 `key` 整体替换已有的字段。类型创建后不能修改；单选与多选须有选项；一个企业最多 200 个。',
        en: 'Adds a custom field, or replaces the one with this `key` as a whole. Its type is fixed once created; single and multi need options; a company may have 200 custom fields.',
      },
      customFieldDelete: {
        rules: 'F3',
        zh: '删除一个自定义字段的定义，`data` 是被删除的定义。已有跟进中的值不变。',
        en: 'Deletes the definition of a custom field; `data` is the deleted definition. Values in existing follow-ups are unchanged.',
      },
    },
  },
  {
    zh: '员工与部门',
    en: 'Staff and departments',
    operations: {
      staffList: {
        rules: 'O7',
        zh: '查询企业的员工，按员工 ID 升序，分页参数放在查询参数中。记录的值均为字符串；包括已离职的员工，其 `status` 为 5。',
        en: 'Lists the staff of the company by ID; paging is given in the query. All values of a record are strings; staff who have left are included, with `status` 5.',
      },
      departmentList: {
        rules: 'O8',
        zh: '查询企业的部门，按部门 ID 升序，分页参数放在查询参数中。',
        en: 'Lists the departments of the company by ID; paging is given in the query.',
      },
      staffSave: {
        rules: 'D1',
        zh: '新增员工，或按 `user_id` 整体替换已有的员工，一次 1 到 1,000 名。替换时未传的项会被清空。',
        en: 'Adds 1 to 1,000 staff members, or replaces those with the same `user_id` as a whole: what is omitted is cleared.',
      },
      staffLeave: {
        rules: 'D1',
        zh: '将员工标记为已离职。只修改状态：跟进与所属部门不变，仍可按人、按部门查询。只要有一名员工不存在，就全部不写入。',
        en: 'Marks staff as having left. Only their status changes: their follow-ups and departments stay, and lists find them as before. If one staff ID is unknown, nothing is written.',
      },
      staffMove: {
        rules: 'D1',
        zh: '将员工调入其他部门，不再属于原来的部门。按部门查询的结果随即改变：部门条件看的是跟进人当前所在的部门。',
        en: 'Moves staff out of their departments into others. Lists by department change at once, since that filter applies to the present departments of the writer.',
      },
      departmentSave: {
        rules: 'D2',
        zh: '新增部门，或按 `id` 整体替换已有的部门，一次 1 到 1,000 个。如果会使部门成为自己的下级，则返回 [40920](../errors/40920.md)，不写入。',
        en: 'Adds 1 to 1,000 departments, or replaces those with the same `id` as a whole. If a department would end up below itself, [40920](../errors/40920.en.md) is returned and nothing is written.',
      },
      departmentMove: {
        rules: 'D2',
        zh: '将部门移到另一个部门之下，`parent_id` 为 0 时移为顶级部门；下级部门与员工随之移动。不能移到自己的下级之下。',
        en: 'Moves a department below another, or to the top with `parent_id` 0; its subdepartments and staff move with it. It cannot be moved below one of its own subdepartments.',
      },
      directoryReplace: {
        rules: 'D3',
        zh: '一次传入全部部门与员工：未列出的部门被移除，未列出的员工标记为已离职，跟进不变。最多 10,000 个部门、100,000 名员工，请求体最大 32 MiB；全部写入，或全部不写入。为避免改动演示企业的通讯录，以下示例另建一个企业。',
        en: 'Takes all departments and all staff: departments that are not listed are removed, staff who are not listed are marked as having left, follow-ups are unchanged. Up to 10,000 departments, 100,000 staff members and 32 MiB; all is written or nothing. The example creates a company of its own, to leave the directory of the demo company unchanged.',
      },
    },
  },
  {
    zh: '我',
    en: 'Me',
    operations: {
      me: {
        rules: 'P1',
        zh: '返回调用方自己：应用或人员，所在的企业，可以调用的接口；人员另有角色、登录、通行密钥与偏好。页面据此决定显示什么；能看到与能修改的数据由服务决定，与页面无关。',
        en: 'Tells a caller about itself: app or person, the company, the operations that it may call; of a person also role, sessions, passkeys and preferences. Pages decide by it what to show; what may be seen and changed is decided by the server, whatever a page does.',
      },
      meSave: {
        rules: 'P1',
        zh: '保存本人的界面语言与外观，未传的不变。',
        en: 'Keeps the language and the appearance that one prefers; what is omitted stays.',
      },
      meSessionEnd: {
        rules: 'P7',
        zh: '结束本人的一处登录（`id` 取自[我是谁](me.md)）；不传 `id` 时，结束除这一次之外的全部登录。立即生效。`data.ended` 是结束了几处。',
        en: 'Ends a session of the person who asks (its `id` is in [me](me.en.md)), or without an `id` all but the one that asks, at once. `data.ended` says how many.',
      },
      mePassword: {
        rules: 'P8',
        zh: '设置本人的密码：10 到 200 个字符，不能是少数几个字符的重复，也不能是自己的账号。已有密码的须给出现在的密码，否则返回 [40120](../errors/40120.md)，10 分钟内最多尝试 10 次。其他登录随即结束。返回不保存，因此没有 `Idempotency-Key`。',
        en: 'Sets the password of the person who asks: 10 to 200 characters, neither a few characters repeated nor the account. Where there is a password, the present one must be given, otherwise [40120](../errors/40120.en.md) is returned, at most 10 times in 10 minutes. All other sessions end. No response is stored, so there is no `Idempotency-Key`.',
      },
      mePasskeyBegin: {
        rules: 'P9',
        zh: '返回浏览器建立通行密钥所需的选项，与 5 分钟内有效、只能使用一次的 `challenge`。随后[登记](me-passkey-add.md)。通行密钥属于网站的主机名，因此只能由服务自己的页面使用，且不能用于 IP 地址。',
        en: 'Returns what the browser needs to make a passkey, and a `challenge` that is good once, for 5 minutes; [add](me-passkey-add.en.md) the passkey next. Passkeys belong to a host name: only pages of the server itself can use this, and not at an IP address.',
      },
      mePasskeyAdd: {
        rules: 'P9',
        zh: '登记浏览器建立的通行密钥，此后可以用它登录。`challenge` 与[开始登记](me-passkey-begin.md)时的相同，须由同一次登录使用。每人最多 20 个。',
        en: 'Adds the passkey that the browser has made, to sign in with. The `challenge` is that of [the beginning](me-passkey-begin.en.md), in the same session. A person may have 20 passkeys.',
      },
      mePasskeyRemove: {
        rules: 'P9',
        zh: '移除本人的一个通行密钥（`id` 取自[我是谁](me.md)），`data` 是被移除的。已有的登录不受影响。',
        en: 'Removes a passkey of the person who asks (its `id` is in [me](me.en.md)); `data` is the removed one. Sessions go on.',
      },
    },
  },
  {
    zh: '人员',
    en: 'People',
    operations: {
      personList: {
        rules: 'P6',
        zh: '查询可以登录的人员，按员工 ID 升序：角色、状态、登录方式、登录个数与最近使用时间。尚未被邀请、也从未登录的员工不在其中。',
        en: 'Lists who may sign in, by staff ID: role, state, ways to sign in, number of sessions and when last seen. Staff who were neither invited nor ever signed in are not among them.',
      },
      personInvite: {
        rules: 'P6',
        zh: '邀请一名员工登录，`link` 在 24 小时内可用一次：对方打开它，设置密码或通行密钥。再次邀请时，之前的链接作废；已停用的重新可用；对方接受后，原来的密码、通行密钥与登录全部失效（忘记密码时即用它）。改变角色或部门时，对方的登录立即结束。链接只返回这一次，因此没有 `Idempotency-Key`。',
        en: 'Invites a staff member to sign in: `link` is good once, for 24 hours, and leads to where one sets a password or a passkey. Another invitation replaces it and lets a disabled person in again. Once it is accepted, earlier passwords, passkeys and sessions are gone: this is what to use when a password is forgotten. If role or departments change, the person is signed out at once. The link is returned this once, so there is no `Idempotency-Key`.',
      },
      personRole: {
        rules: 'P6',
        zh: '调整一名人员的角色；主管须给出所管的部门（含下级）。对方的登录立即结束，重新登录后使用新的角色。不能调整自己的角色。',
        en: 'Gives a person another role; a manager must be given the departments to lead, with those below. The person is signed out at once and signs in again in the new role. Nobody can change their own.',
      },
      personDisable: {
        rules: 'P6',
        zh: '停用一名人员：登录立即结束，未接受的邀请作废，再次[邀请](person-invite.md)之前不能登录。跟进、客户与通讯录不变。不能停用自己。',
        en: 'Disables a person: signed out at once, an open invitation void, no sign-in until [invited](person-invite.en.md) again. Follow-ups, targets and the directory are unchanged. Nobody can disable themselves.',
      },
      personSessionList: {
        rules: 'P7',
        zh: '查询一名人员登录的地方：方式、时间、网络地址与浏览器，最近使用的在前。',
        en: 'Lists where a person is signed in: way, times, network address and browser, last used first.',
      },
      personSessionEnd: {
        rules: 'P7',
        zh: '结束一名人员的全部登录，立即生效；对方可以重新登录。要使其不能登录，请[停用](person-disable.md)。',
        en: 'Ends all sessions of a person at once; the person can sign in again. To keep them out, [disable](person-disable.en.md) them.',
      },
    },
  },
  {
    zh: '应用',
    en: 'Apps',
    operations: {
      appList: {
        rules: 'T5',
        zh: '查询企业的应用，先建立的在前：名称、是否只读、最近使用（精确到 5 分钟）、停用时间。没有密钥：数据库中也没有。',
        en: 'Lists the apps of the company, oldest first: name, whether it only reads, last used (to 5 minutes), when revoked. Secrets are not among it: the database has none.',
      },
      appCreate: {
        rules: 'T5',
        zh: '新建一个应用。`read_only` 为 true 时只能调用查询接口，此后不能改变。`app_secret` 只返回这一次，因此没有 `Idempotency-Key`。一个企业最多 1,000 个，含已停用的。',
        en: 'Creates an app. With `read_only` true it can only call operations that read, for good. The `app_secret` is returned this once, so there is no `Idempotency-Key`. A company may have 1,000 apps, revoked ones included.',
      },
      appRename: {
        rules: 'T5',
        zh: '改变应用的名称。名称只用于识别，可以重复。',
        en: 'Gives an app another name. Names are there to be recognized by, and need not differ.',
      },
      appRotate: {
        rules: 'T5',
        zh: '更换应用的密钥。旧密钥在 `old_secret_hours` 小时内（默认 24，最多 720）仍可换取凭证，供各处逐一更换；0 为立即失效，用于密钥泄露，已签发的 access_token 也立即作废；否则它们不受影响，到期后须用有效的密钥获取。已停用的应用返回 [40920](../errors/40920.md)。',
        en: 'Gives an app another secret. The old one still gets tokens for `old_secret_hours` (24 by default, up to 720), so that programs can be changed one after the other; 0 ends it at once, for a secret that has leaked, with the tokens that were issued; otherwise these stay good until they expire. For a revoked app, [40920](../errors/40920.en.md) is returned.',
      },
      appRevoke: {
        rules: 'T5',
        zh: '停用应用，不能恢复；它的凭证立即得到 [10011](../errors/10011.md)。',
        en: 'Revokes an app for good; its tokens get [10011](../errors/10011.en.md) at once.',
      },
    },
  },
  {
    zh: '操作记录',
    en: 'Audit trail',
    operations: {
      auditList: {
        rules: 'P10',
        zh: '查询跟进之外的修改：谁、何时、将什么从什么改成什么，新的在前；包括人员、应用、跟进方式、自定义字段与通讯录。可以按操作者或对象筛选。跟进的修改见[跟进详情](follow-get.md)的历史。',
        en: 'Lists what was changed outside follow-ups: who, when, from what to what, newest first; people, apps, follow types, custom fields and the directory. It can be filtered by who did it and by what it was done to. Changes of follow-ups are in the history of [follow/get](follow-get.en.md).',
      },
    },
  },
]
