import type { OperationName } from '../../packages/contract/src/operations.ts'
import type { Text } from './language.ts'

/** A section of docs/rules: its anchor in each language. */
const SECTIONS = {
  token: { zh: '获取-access_token', en: 'getting-an-access_token' },
  lists: { zh: '员工跟进列表与系统跟进列表', en: 'the-lists-of-staff-and-system-follow-ups' },
  create: { zh: '创建跟进记录', en: 'creating-a-follow-up' },
  older: { zh: '旧列表', en: 'legacy-lists' },
  directory: { zh: '员工部门与跟进方式', en: 'staff-departments-and-follow-types' },
  change: { zh: '修改删除与恢复', en: 'changing-deleting-restoring' },
  feed: { zh: '变更流与对账', en: 'change-feed-and-reconciliation' },
  dictionaries: { zh: '跟进方式与自定义字段的维护', en: 'managing-follow-types-and-custom-fields' },
  keeping: { zh: '员工与部门的维护', en: 'managing-staff-and-departments' },
} as const satisfies Record<string, Text>

export interface About {
  /** What it does and what is worth knowing. */
  readonly text: Text
  /** Its rules, and the section of docs/rules that they are in. */
  readonly rules: string
  readonly section: Text
}

function about(section: keyof typeof SECTIONS, rules: string, zh: string, en: string): About {
  return { text: { zh, en }, rules, section: SECTIONS[section] }
}

/** The index of docs/api: its groups in their order. The examples are run in this order too. */
export const GROUPS: readonly (Text & { readonly names: readonly OperationName[] })[] = [
  { zh: '凭证', en: 'Credentials', names: ['accessToken'] },
  {
    zh: '跟进查询',
    en: 'Reading follow-ups',
    names: ['followList', 'followListForSystem', 'followGet', 'customerFollowList', 'opportunityFollowList'],
  },
  {
    zh: '跟进写入',
    en: 'Writing follow-ups',
    names: ['followCreate', 'followBatchCreate', 'followUpdate', 'followDelete', 'followRestore'],
  },
  { zh: '变更流与对账', en: 'Change feed and reconciliation', names: ['followChanges', 'followReconcile'] },
  {
    zh: '跟进方式',
    en: 'Follow methods',
    names: [
      'followTypeList',
      'followTypeAdd',
      'followTypeRename',
      'followTypeDisable',
      'followTypeEnable',
      'followTypeDelete',
    ],
  },
  {
    zh: '自定义字段',
    en: 'Custom fields',
    names: ['customFieldList', 'customFieldSave', 'customFieldDelete'],
  },
  {
    zh: '员工与部门',
    en: 'Staff and departments',
    names: [
      'staffList',
      'departmentList',
      'staffSave',
      'staffLeave',
      'staffMove',
      'departmentSave',
      'departmentMove',
      'directoryReplace',
    ],
  },
]

export const ABOUT: Readonly<Record<OperationName, About>> = {
  accessToken: about(
    'token',
    'T1–T4',
    '用应用的 appid 与 app_secret 换取 access_token，其余每个接口都要带着它。凭证两小时内有效，有效期内再次获取得到同一个：请缓存到过期前再取，每个应用每分钟最多 100 次。收到 10001、10010、10011 时重新获取。',
    'Gives an access_token for the appid and app_secret of an app; every other operation wants it. It is good for two hours, and asking again gives the same one: keep it until it expires, an app may ask 100 times a minute. Fetch a new one when an answer is 10001, 10010 or 10011.',
  ),
  followList: about(
    'lists',
    'L1–L14',
    '查询员工写的跟进，跟进时间新的在前。条件之间是“且”，一个列表里的各项之间是“或”，都可以不填；`total` 是精确值，与这一页是同一时刻的数据。',
    'Lists follow-ups written by staff, the newest follow time first. Filters combine with AND, the entries of one list with OR, and all are optional; `total` is exact and of the same moment as the page.',
  ),
  followListForSystem: about(
    'lists',
    'L14',
    '查询系统写的跟进，次序、条件与分页同[员工跟进列表](follow-list.md)，但没有跟进方式的条件；`title` 是系统跟进的类型。',
    'Lists follow-ups written by the system. Order, filters and paging are those of the [list of staff follow-ups](follow-list.en.md), but there are no filters by method; `title` is the kind of system follow-up.',
  ),
  followGet: about(
    'change',
    'W5',
    '取得一条跟进的完整记录、版本号与历史：谁（应用与员工）、何时、为什么、哪些键从什么改成什么，新的在前。已删除的在 90 天内也能看到，`deleted` 为 true。',
    'Answers one whole follow-up with its version and history: who (app and member of staff), when, why, and which keys went from what to what, newest first. Deleted ones are there for 90 days, with `deleted` true.',
  ),
  customerFollowList: about(
    'older',
    'O1–O6',
    '平台较早的列表：关于客户和线索的员工跟进，后写入的在前。时间的单位是秒，比较的是写入时间，首尾最多相隔 30 天。新的程序请用[员工跟进列表](follow-list.md)。',
    'An older list of the platform: follow-ups by staff about customers and clues, the last written first. Times are in seconds and those of writing, at most 30 days apart. New programs should use the [list of staff follow-ups](follow-list.en.md).',
  ),
  opportunityFollowList: about(
    'older',
    'O2–O6',
    '平台较早的列表：关于商机的员工跟进，后写入的在前，可按 `opportunity_id` 筛选。时间的单位是秒，比较的是写入时间。',
    'An older list of the platform: follow-ups by staff about opportunities, the last written first, if you like of one `opportunity_id`. Times are in seconds and those of writing.',
  ),
  followCreate: about(
    'create',
    'N1–N2',
    '创建一条跟进，`data` 是它的 id。`contact_type` 是启用的跟进方式的名称，`user_id` 须是本企业的员工，`field_map` 须与企业的自定义字段相符；有一处不对就什么也不写入。请带上 `Idempotency-Key`，连接中断时原样重试，不会写入两次。',
    'Creates a follow-up; `data` is its id. `contact_type` is the name of an enabled follow method, `user_id` a member of staff, `field_map` has to fit the company’s custom fields; if anything is wrong, nothing is written. Send an `Idempotency-Key`, and you can repeat the request after a broken connection without writing it twice.',
  ),
  followBatchCreate: about(
    'change',
    'W4',
    '一次创建 1 到 100 条跟进，各条与[创建跟进记录](follow-create.md)相同。`results` 与 `records` 次序相同，各有自己的结果，一条不合格不影响其余；`atomic` 为 true 时，有一条不合格就全部不写入。',
    'Creates 1 to 100 follow-ups, each as in [follow/create](follow-create.en.md). `results` has a result for each row in the order of `records`, and a bad row does not lose the others; with `atomic` true, one bad row refuses them all.',
  ),
  followUpdate: about(
    'change',
    'W1',
    '修改一条跟进：给出的改，没有给出的不动，`data` 是新的版本号。给出 `version` 时，它须是现在的版本号，否则答 [40910](../errors/40910.md)，不写入：两个人同时改，只有一个成功。要清空一项，把名称写进 `clear`；自定义字段、附件、对象、提醒与地址各自整个替换；没有给出任何要改的内容是错误。系统跟进不能修改。',
    'Changes a follow-up: what is given, and nothing else; `data` has the new version. A `version` that is given has to be the present one, otherwise the answer is [40910](../errors/40910.en.md) and nothing is written: of two people who change it at once, one succeeds. To make something empty, name it in `clear`; custom fields, attachments, target, reminder and location are each replaced as a whole; giving nothing to change is an error. System follow-ups cannot be changed.',
  ),
  followDelete: about(
    'change',
    'W2',
    '删除一条跟进，操作的员工与原因留在历史里。答复成功之后，它立刻不在任何列表、总数与对账里；90 天之内可以[恢复](follow-restore.md)。',
    'Deletes a follow-up; who did it and why stays in its history. Once that is answered it is in no list, total or reconciliation; for 90 days it can be [restored](follow-restore.en.md).',
  ),
  followRestore: about(
    'change',
    'W3',
    '恢复一条 90 天内删除的跟进，恢复成删除之前的样子，版本号继续往上加。没有删除的答 [40920](../errors/40920.md)。',
    'Restores a follow-up that was deleted less than 90 days ago, as it was; its version goes on. One that is not deleted answers [40920](../errors/40920.en.md).',
  ),
  followChanges: about(
    'feed',
    'G1–G3',
    '按提交的次序读取跟进的每一个变更，各一次，用来把全部跟进同步到别处。第一次不带 `cursor`，之后带上一次应答的 `cursor`；`has_more` 为 true 时立即再取。每次应答的 `cursor` 都请保存，没有变更的也一样：它给出 90 天之后失效（[40930](../errors/40930.md)），那时从头再读。',
    'Reads every change of follow-ups once, in the order of the commits: to keep a copy of them elsewhere. Ask without a `cursor` first, then with that of the answer before, at once while `has_more` is true. Keep the `cursor` of every answer, of one without changes too: it expires 90 days after it was given out ([40930](../errors/40930.en.md)): then read everything again.',
  ),
  followReconcile: about(
    'feed',
    'G4–G5',
    '给出首尾两天（企业时区，最多 31 天），答每一天的跟进条数与两个校验和（算法与演算见[变更流]（../change-feed.md#校验和）），用来核对同步到别处的数据：`whole_checksum` 取自变更流里的完整记录，`checksum` 只取自 follow/list 答复的那些键。先把[变更流](follow-changes.md)读到应答的 `seq`，再比较。',
    'Answers how many follow-ups each day has and two checksums of them ([worked out here](../change-feed.en.md#the-checksum)), for up to 31 days in the company’s time zone: to check a copy of them. `whole_checksum` is of the whole records of the change feed, `checksum` of the keys that follow/list answers alone. Read the [change feed](follow-changes.en.md) up to `seq` before you compare.',
  ),
  followTypeList: about(
    'directory',
    'O9',
    '列出企业的跟进方式，按 id 从小到大。`enabled` 为 false 的不能用于新的跟进，`builtin` 的不能删除。',
    'Lists the company’s follow methods by id. Those with `enabled` false cannot be used for new follow-ups, `builtin` ones cannot be deleted.',
  ),
  followTypeAdd: about(
    'dictionaries',
    'F1',
    '新增一个启用的跟进方式。名称不能与别的跟进方式相同，停用的也算，全角与半角视为相同：重名答 [40920](../errors/40920.md)。',
    'Adds a follow method, enabled. Its name must not be that of another one, enabled or not, where full-width and half-width characters are the same: a name that is taken answers [40920](../errors/40920.en.md).',
  ),
  followTypeRename: about(
    'dictionaries',
    'F1',
    '给跟进方式改名，内置的也可以。新名称立刻处处生效，包括已有的跟进；这不算跟进的变更，版本号不变。',
    'Renames a follow method, built-in ones too. The new name shows everywhere at once, in follow-ups that are there as well; that is no change of these, their versions stay.',
  ),
  followTypeDisable: about(
    'dictionaries',
    'F1',
    '停用跟进方式：不能再用于新的跟进，已有的跟进不变，仍可按它查询。已经停用的再停用也是成功。',
    'Disables a follow method: new follow-ups cannot use it, those that are there stay and can be found by it. Disabling it again succeeds too.',
  ),
  followTypeEnable: about(
    'dictionaries',
    'F1',
    '启用停用的跟进方式。已经启用的再启用也是成功。',
    'Enables a follow method that was disabled. Enabling it again succeeds too.',
  ),
  followTypeDelete: about(
    'dictionaries',
    'F1',
    '删除一个没有用过的跟进方式，`data` 是被删除的那个。系统内置的、跟进或跟进的历史用过的不能删除（[40920](../errors/40920.md)），可以[停用](follow-type-disable.md)。',
    'Deletes a follow method that nothing uses; `data` is what was deleted. Built-in ones, and those that a follow-up or its history uses, cannot be deleted ([40920](../errors/40920.en.md)), only [disabled](follow-type-disable.en.md).',
  ),
  customFieldList: about(
    'dictionaries',
    'F3',
    '列出企业定义的自定义字段，按 `key` 排列。企业定义了自定义字段之后，创建与修改跟进时 `field_map` 的值须与定义相符。',
    'Lists the custom fields that the company has defined, by `key`. Once there are any, `field_map` of follow-ups that are created or changed has to fit them.',
  ),
  customFieldSave: about(
    'dictionaries',
    'F3',
    '新增一个自定义字段，或按 `key` 整个替换已有的。类型建立后不能改；单选与多选须有选项；一个企业最多 200 个。',
    'Adds a custom field, or replaces the one of this `key` as a whole. Its type cannot be changed later; single and multi need options; a company has at most 200.',
  ),
  customFieldDelete: about(
    'dictionaries',
    'F3',
    '删除一个自定义字段的定义，`data` 是被删除的那个。已有的跟进里的值不变。',
    'Deletes the definition of a custom field; `data` is what was deleted. Values in follow-ups stay.',
  ),
  staffList: about(
    'directory',
    'O7',
    '列出企业的员工，按员工 id 从小到大，分页参数在查询里。记录的值都是字符串；离职的员工也在其中，`status` 为 5。',
    'Lists the company’s staff by id; paging goes in the query. All values of a record are strings; those who have left are among them, with `status` 5.',
  ),
  departmentList: about(
    'directory',
    'O8',
    '列出企业的部门，按部门 id 从小到大，分页参数在查询里。',
    'Lists the company’s departments by id; paging goes in the query.',
  ),
  staffSave: about(
    'keeping',
    'D1',
    '新增员工，或按 `user_id` 整个替换已有的，一次 1 到 1,000 个。替换时没有给出的项会被清空。',
    'Adds 1 to 1,000 members of staff, or replaces those of the same `user_id` as a whole: what is not given becomes empty.',
  ),
  staffLeave: about(
    'keeping',
    'D1',
    '把员工记为已离职。只改状态：跟进与所在部门都不变，仍可按人、按部门查到。有一个员工不存在，就全部不写入。',
    'Marks staff as having left. Only their status changes: follow-ups and departments stay, and the lists find them as before. If one of them is unknown, nothing is written.',
  ),
  staffMove: about(
    'keeping',
    'D1',
    '把员工移到别的部门，原来的部门不再属于。按部门的查询立刻随之改变：部门条件看的是跟进人现在所在的部门。',
    'Moves staff out of their departments into others. Lists by department follow at once: that filter goes by where the writer is now.',
  ),
  departmentSave: about(
    'keeping',
    'D2',
    '新增部门，或按 `id` 整个替换已有的，一次 1 到 1,000 个。会使部门绕回自己的上级链答 [40920](../errors/40920.md)，什么也不写入。',
    'Adds 1 to 1,000 departments, or replaces those of the same `id` as a whole. If a department would come to lie below itself, the answer is [40920](../errors/40920.en.md) and nothing is written.',
  ),
  departmentMove: about(
    'keeping',
    'D2',
    '把部门移到另一个部门之下，`parent_id` 为 0 时移为顶级；下级部门与员工随它一起移动。不能移到自己的下级之下。',
    'Moves a department below another, or with `parent_id` 0 to the top; the departments below it and its staff go with it. It cannot go below one of its own.',
  ),
  directoryReplace: about(
    'keeping',
    'D3',
    '一次给出全部部门与员工：不在其中的部门被移除，不在其中的员工记为已离职，跟进不变。最多 10,000 个部门、100,000 名员工，请求体最大 32 MiB；全部写入，或全部不写入。为了不动演示企业的通讯录，下面的例子另建一个企业。',
    'Takes all departments and all staff: departments that are not among them are removed, staff who are not among them are marked as having left, follow-ups stay. Up to 10,000 departments, 100,000 staff and 32 MiB; all is written or nothing. The example makes a company of its own, to leave the directory of the demo company alone.',
  ),
}
