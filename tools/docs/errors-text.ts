import type { ErrorName } from '../../packages/contract/src/errors.ts'
import type { Text } from './language.ts'

/** When each error happens, and the request that got the sample of its page. */
export const WHEN: Readonly<Record<ErrorName, Text>> = {
  tokenUnknown: {
    zh: '查询参数 `access_token` 没有给、给了空的，或者不是这个服务签发的凭证；放在请求体里不算。示例：没有给 `access_token`。',
    en: 'The query parameter `access_token` is missing, empty, or no token of this server; in the body it does not count. The sample: no `access_token` was given.',
  },
  tokenExpired: {
    zh: '凭证在 `create_at + expires_in`（两小时）过期，此后每次调用都是这个应答。示例：用两小时前取得的凭证查询跟进。',
    en: 'A token expires at `create_at + expires_in`, after two hours; from then on every call is answered like this. The sample: follow-ups asked for with a token of two hours ago.',
  },
  tokenRevoked: {
    zh: '管理员用 `genjin token revoke` 提前作废了凭证，或用 `genjin app revoke` 停用了应用。前者重新获取即可，后者不能再获取。示例：凭证作废之后查询跟进。',
    en: 'The administrator revoked the token with `genjin token revoke`, or disabled the app with `genjin app revoke`. After the former a new token can be had, after the latter it cannot. The sample: follow-ups asked for after the token was revoked.',
  },
  credentialsWrong: {
    zh: '获取 access_token 时，appid 不存在、app_secret 不对、应用已停用，应答都是这个，逐字节相同。示例：appid 正确，app_secret 不对。',
    en: 'An access_token was asked for with an unknown appid, a wrong app_secret or the appid of a disabled app: the answer is the same in all three. The sample: the right appid with a wrong app_secret.',
  },
  paramInvalid: {
    zh: '字段的类型不对（例如该是整数的给了文字）、格式不对、几个字段互相矛盾、引用了不存在的员工或跟进方式，或者请求体不是合法的 JSON。示例：查询跟进时 `follow_time_start` 为 2025-02-30。',
    en: 'A field has the wrong type (text where an integer belongs) or the wrong format, contradicts another one, names a member of staff or a follow method that does not exist, or the body is no valid JSON. The sample: a list with `follow_time_start` 2025-02-30.',
  },
  methodWrong: {
    zh: '请求地址正确，请求方式不是这个接口的。示例：用 GET 请求员工跟进列表。',
    en: 'The address is right, but the operation has another method. The sample: GET for the list of staff follow-ups.',
  },
  paramMissing: {
    zh: '必填的字段没有给；`null`、`""`、`[]` 都算没有给。有的字段在特定条件下必填，例如 `type=2` 时的 `stage_id`。示例：查询跟进详情时没有给 `follow_id`。',
    en: 'A required field is not given; `null`, `""` and `[]` are not given either. Some fields are required in certain cases only, like `stage_id` with `type=2`. The sample: follow/get without `follow_id`.',
  },
  paramRange: {
    zh: '数字太大或太小、不在允许的取值之内、文字太长、列表的项太多、时间范围太宽，或请求体嵌套超过 32 层。不会悄悄改小。示例：查询跟进时 `page_size` 为 101。',
    en: 'A number is too large or too small, a value is none of those allowed, a text is too long, a list has too many entries, a time range is too wide, or the body is nested more than 32 deep. Nothing is cut down silently. The sample: a list with `page_size` 101.',
  },
  pathUnknown: {
    zh: '请求地址不是任何一个接口，例如少了 `/openapi`、大小写不对、末尾多了斜线。示例：请求 `/openapi/crm/follow/lists`。',
    en: 'The address is that of no operation: `/openapi` is missing, the case is wrong, there is a slash at the end. The sample: `/openapi/crm/follow/lists`.',
  },
  notFound: {
    zh: '要读取或改动的那一个（跟进、跟进方式、自定义字段、员工、部门）不在本企业里；别的企业的与不存在的，应答相同。列表的条件查不到不是错误，`records` 为空。示例：读取不存在的跟进 404。',
    en: 'The one thing that is to be read or changed (follow-up, follow method, custom field, member of staff, department) is not in this company; those of other companies are answered alike. A list whose filters find nothing is no error, its `records` are empty. The sample: follow/get of 404, which does not exist.',
  },
  versionConflict: {
    zh: '修改、删除或恢复时给出了 `version`，而跟进在这之间被别人改过：版本号已经变了，什么也没有写入。示例：版本号是 1 的跟进，按 `version` 2 修改。',
    en: 'An update, a deletion or a restoration gave a `version`, and the follow-up was changed since: its version is another one, and nothing was written. The sample: an update with `version` 2 of a follow-up whose version is 1.',
  },
  conflict: {
    zh: '请求本身没有错，但与现有的数据相冲突：修改已删除的跟进或系统跟进、恢复没有删除的、跟进方式重名、删除内置的或用过的跟进方式、改自定义字段的类型、部门绕回自己。什么也没有写入。示例：删除内置的跟进方式。',
    en: 'The request is fine by itself, but not with what is there: changing a deleted or a system follow-up, restoring one that is not deleted, a follow method’s name that is taken, deleting a built-in or used method, another type for a custom field, a department below itself. Nothing was written. The sample: deleting a built-in follow method.',
  },
  cursorExpired: {
    zh: '变更流的 `cursor` 给出已超过 90 天，它之后的删除可能已经消失；或者它不属于这个企业现在的变更流：数据库换过、从备份恢复过，变更流重置过。示例：用 91 天前的 `cursor`。',
    en: 'The `cursor` of the change feed was given out more than 90 days ago, and deletions after it may be gone; or it is none of this company’s feed as it is now: another database, one restored from a backup, a feed that was reset. The sample: a `cursor` of 91 days ago.',
  },
  keyReused: {
    zh: '24 小时之内，同一个应用把同一个 `Idempotency-Key` 用在了内容不同的请求或另一个接口上；首次的请求不受影响。示例：用同一个键创建两条内容不同的跟进。',
    en: 'Within 24 hours the same app used the same `Idempotency-Key` for another body or another operation; the first request is not affected. The sample: two follow-ups with different content under one key.',
  },
  bodyTooLarge: {
    zh: '请求体超过接口的上限：1 MiB（1,048,576 字节），整体替换通讯录是 32 MiB。示例：超过 1 MiB 的创建请求。',
    en: 'The body is larger than the operation takes: 1 MiB (1,048,576 bytes), or 32 MiB to replace the directory. The sample: a create of more than 1 MiB.',
  },
  notJson: {
    zh: '有请求体，但请求头 `Content-Type` 不是 `application/json`、charset 不是 UTF-8，或请求体被压缩（`Content-Encoding`）。用 curl 的 `-d` 而没有写请求头时就是这样。示例：`Content-Type: text/plain`。',
    en: 'There is a body, but the header `Content-Type` is not `application/json`, its charset is not UTF-8, or the body is compressed (`Content-Encoding`). So it is with `-d` of curl and no header. The sample: `Content-Type: text/plain`.',
  },
  tooMany: {
    zh: '一个应用一分钟内获取 access_token 超过 100 次；app_secret 不对的调用另外计数。或者本企业的另一次整体替换通讯录正在进行。其他接口没有频率限制。示例：同一分钟内的第 101 次。',
    en: 'An app asked for an access_token more than 100 times in a minute; calls with a wrong app_secret are counted apart. Or another replacement of the company’s directory is going on. No other operation is limited. The sample: the 101st call of a minute.',
  },
  malformed: {
    zh: '收到的不是完整、正确的 HTTP：请求行或请求头损坏、没有在规定时间内发完（HTTP 408），或请求地址与请求头合计超过 16 KiB（HTTP 431）。这几种应答之后连接关闭。示例：一行不是 HTTP 的文字。',
    en: 'What came is no whole and correct HTTP: the request line or a header is broken, it was not sent in time (HTTP 408), or address and headers together are over 16 KiB (HTTP 431). The connection is closed after the answer. The sample: a line of text that is no HTTP.',
  },
  internal: {
    zh: '服务自身的缺陷或意外；详细原因只在日志里，用应答头 `X-Request-Id` 的值可以找到那一行。写请求可能已写入，也可能没有：带同一个 `Idempotency-Key` 重试是安全的。',
    en: 'A defect or an accident of the server; the cause is in the log only, where the value of the header `X-Request-Id` finds its line. A write may or may not have happened: trying again with the same `Idempotency-Key` is safe.',
  },
  notReady: {
    zh: '数据库暂时连不上、太忙，或正在切换。写请求可能已写入，也可能没有：带同一个 `Idempotency-Key` 重试是安全的。',
    en: 'The database cannot be reached, is too busy, or is being switched over. A write may or may not have happened: trying again with the same `Idempotency-Key` is safe.',
  },
}
