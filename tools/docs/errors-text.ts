import type { ErrorName } from '../../packages/contract/src/errors.ts'
import type { Words } from '../../packages/contract/src/schema.ts'

/** When each error happens, and the request whose response is the sample of its page. */
export const WHEN: Readonly<Record<ErrorName, Words>> = {
  tokenUnknown: {
    zh: '查询参数 `access_token` 缺失、为空，或不是本服务签发的凭证；放在请求体中无效。示例：未传 `access_token`。',
    en: 'The query parameter `access_token` is missing or empty, or its value is not a token of this server; a token in the body has no effect. In the sample, `access_token` is missing.',
  },
  tokenExpired: {
    zh: '凭证在 `create_at + expires_in`（签发两小时后）过期，此后每次调用都返回此错误。示例：用两小时前获取的凭证查询跟进。',
    en: 'A token expires at `create_at + expires_in`, two hours after it was issued; every later call returns this error. In the sample, follow-ups are listed with a token that is two hours old.',
  },
  tokenRevoked: {
    zh: '管理员用 `genjin token revoke` 提前作废了凭证，或用 `genjin app revoke` 停用了应用。前者重新获取即可，后者不能再获取。示例：凭证作废后查询跟进。',
    en: 'The administrator revoked the token with `genjin token revoke`, or disabled the app with `genjin app revoke`. In the first case a new token can be fetched, in the second it cannot. In the sample, follow-ups are listed after the token was revoked.',
  },
  credentialsWrong: {
    zh: '获取 access_token 时，appid 不存在、app_secret 不正确、应用已停用，返回逐字节相同。示例：appid 正确，app_secret 不正确。',
    en: 'An access_token was requested with an unknown appid, a wrong app_secret or the appid of a disabled app; the response is the same, byte by byte, in all three cases. In the sample, the appid is right and the app_secret is wrong.',
  },
  sessionEnded: {
    zh: '请求带着登录的 Cookie，但登录已结束：退出、被结束、离职、停用、角色调整、7 天没有使用，或已满 30 天。示例：退出之后查询跟进。',
    en: 'The request carries the cookie of a session that has ended: signed out, ended by somebody, the person has left, is disabled or has another role, 7 days without use, or 30 days in all. In the sample, follow-ups are listed after the person signed out.',
  },
  signInFailed: {
    zh: '登录没有成功：企业、账号或密码不正确（逐字节相同），邀请、通行密钥或登录请求已用过或已过期，或者企业微信、单点登录拒绝。示例：密码不正确。',
    en: 'The sign-in did not succeed: wrong company, account or password (the same response, byte by byte), an invitation, passkey or request that was used or has expired, or WeCom or the provider refused. In the sample, the password is wrong.',
  },
  forbidden: {
    zh: '接口不对这个角色或应用开放；看得到、但不能改；或者带着登录的请求来自其他网站。示例：员工列出人员。',
    en: 'The operation is not open to this role or app, what can be seen may not be changed, or a request with a session comes from another site. In the sample, a staff member lists people.',
  },
  paramInvalid: {
    zh: '字段类型错误（例如应为整数却传了文本）、格式错误、字段之间矛盾、引用了不存在的员工或跟进方式，或请求体不是合法的 JSON。示例：查询跟进时 `follow_time_start` 为 2025-02-30。',
    en: 'A field has the wrong type (text instead of an integer) or format, contradicts another field, or names a staff member or follow type that does not exist; or the body is not valid JSON. In the sample, `follow_time_start` is 2025-02-30.',
  },
  methodWrong: {
    zh: '请求地址正确，但请求方式不是该接口的。示例：用 GET 请求员工跟进列表。',
    en: 'The path is right, but the operation uses another HTTP method. In the sample, the list of staff follow-ups is requested with GET.',
  },
  paramMissing: {
    zh: '未传必填字段；`null`、`""`、`[]` 都视为未传。有的字段在特定条件下必填，例如 `type=2` 时的 `stage_id`。示例：查询跟进详情时未传 `follow_id`。',
    en: 'A required field is missing; `null`, `""` and `[]` count as missing. Some fields are required in certain cases only, such as `stage_id` with `type=2`. In the sample, follow/get is called without `follow_id`.',
  },
  paramRange: {
    zh: '数值过大或过小、不在允许的取值内、文本过长、列表项过多、时间范围过宽，或请求体嵌套超过 32 层。超出范围的值不会被自动截断。示例：查询跟进时 `page_size` 为 101。',
    en: 'A number is too large or too small, a value is not one of those allowed, a text is too long, a list has too many entries, a time range is too wide, or the body is nested more than 32 levels deep. Nothing is truncated silently. In the sample, `page_size` is 101.',
  },
  pathUnknown: {
    zh: '请求地址不是任何接口的地址，例如缺少 `/openapi`、大小写不符、末尾多了斜线。示例：请求 `/openapi/crm/follow/lists`。',
    en: 'No operation has this path: `/openapi` may be missing, the case may be wrong, or there is a slash at the end. In the sample, the path is `/openapi/crm/follow/lists`.',
  },
  notFound: {
    zh: '要读取或修改的数据（跟进、跟进方式、自定义字段、员工、部门）不在本企业中；属于其他企业与不存在，返回相同。列表查询没有匹配的数据不是错误，`records` 为空。示例：读取不存在的跟进 404。',
    en: 'The follow-up, follow type, custom field, staff member or department to be read or changed is not in this company; one that belongs to another company is treated alike. A list without a match is not an error: its `records` are empty. In the sample, follow/get asks for 404, which does not exist.',
  },
  versionConflict: {
    zh: '修改、删除或恢复时传了 `version`，而跟进在此期间已被修改，版本号已经改变；没有写入任何内容。示例：跟进的版本号是 1，按 `version` 2 修改。',
    en: 'An update, deletion or restoration named a `version`, and the follow-up has been changed since; nothing was written. In the sample, a follow-up of version 1 is updated with `version` 2.',
  },
  conflict: {
    zh: '请求本身没有错误，但与现有数据冲突：修改已删除的跟进或系统跟进、恢复未删除的跟进、跟进方式重名、删除内置或已使用的跟进方式、修改自定义字段的类型、部门成为自己的下级。没有写入任何内容。示例：删除内置的跟进方式。',
    en: 'The request is correct but conflicts with existing data: changing a deleted or a system follow-up, restoring one that is not deleted, a follow type name that is taken, deleting a built-in or used follow type, another type for a custom field, a department below itself. Nothing was written. In the sample, a built-in follow type is to be deleted.',
  },
  cursorExpired: {
    zh: '变更流的 `cursor` 在 90 天前返回，其后的删除可能已被清理；或它不属于该企业当前的变更流：换过数据库、从备份恢复过，或重置过变更流。示例：使用 91 天前的 `cursor`。',
    en: 'The `cursor` was returned more than 90 days ago, and deletions after it may be gone; or it does not belong to the present change feed of this company, because the database was exchanged or restored from a backup, or the feed was reset. In the sample, the `cursor` is 91 days old.',
  },
  keyReused: {
    zh: '24 小时内，同一应用将同一 `Idempotency-Key` 用于内容不同的请求或另一个接口；首次的请求不受影响。示例：用同一个键创建两条内容不同的跟进。',
    en: 'Within 24 hours the same app used the same `Idempotency-Key` for another body or another operation; the first request is not affected. In the sample, two follow-ups with different content are created with one key.',
  },
  bodyTooLarge: {
    zh: '请求体超过接口的上限：1 MiB（1,048,576 字节），整体替换通讯录为 32 MiB。示例：超过 1 MiB 的创建请求。',
    en: 'The body is larger than the operation allows: 1 MiB (1,048,576 bytes), or 32 MiB to replace the directory. In the sample, follow/create has a body of more than 1 MiB.',
  },
  notJson: {
    zh: '带有请求体，但请求头 `Content-Type` 不是 `application/json`、charset 不是 UTF-8，或请求体经过压缩（`Content-Encoding`）。curl 使用 `-d` 而未设置请求头时即如此。示例：`Content-Type: text/plain`。',
    en: 'There is a body, but the header `Content-Type` is not `application/json`, the charset is not UTF-8, or the body is compressed (`Content-Encoding`). This is what `curl -d` sends without a header. In the sample, the header is `Content-Type: text/plain`.',
  },
  tooMany: {
    zh: '一个应用一分钟内获取 access_token 超过 100 次（app_secret 不正确的调用单独计数）；或本企业的另一次整体替换通讯录正在进行。其他接口没有频率限制。示例：同一分钟内的第 101 次。',
    en: 'An app requested an access_token more than 100 times in a minute (calls with a wrong app_secret are counted separately), or another replacement of the directory of this company is in progress. No other operation is limited. In the sample, it is the 101st call of a minute.',
  },
  malformed: {
    zh: '收到的不是完整、正确的 HTTP 报文：请求行或请求头损坏、未在规定时间内发完（HTTP 408），或请求地址与请求头合计超过 16 KiB（HTTP 431）。返回后连接即关闭。示例：一行不是 HTTP 的文本。',
    en: 'The server did not receive a complete and correct HTTP message: the request line or a header is broken, the message was not sent in time (HTTP 408), or URL and headers together exceed 16 KiB (HTTP 431). The connection is closed after the response. In the sample, the message is a line of text that is not HTTP.',
  },
  internal: {
    zh: '服务自身的缺陷或意外；详细原因只写入日志，可以用响应头 `X-Request-Id` 的值查到。写请求可能已写入，也可能没有：用同一个 `Idempotency-Key` 重试是安全的。',
    en: 'A defect or an accident in the server; the cause is only in the log, where the value of the header `X-Request-Id` finds it. A write may or may not have been made: retrying with the same `Idempotency-Key` is safe.',
  },
  notReady: {
    zh: '数据库暂时无法连接、负载过高，或正在切换。写请求可能已写入，也可能没有：用同一个 `Idempotency-Key` 重试是安全的。',
    en: 'The database cannot be reached, is overloaded, or is failing over. A write may or may not have been made: retrying with the same `Idempotency-Key` is safe.',
  },
}
