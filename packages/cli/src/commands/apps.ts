import { isLongerThan } from 'genjin-record'
import { columns, shown } from '../columns.ts'
import { CORP_OPTION, flag, given, integerOption, option, requireOption, usageError } from '../command.ts'
import { databaseCommand } from '../database.ts'
import { timeText } from '../time-text.ts'

/** Commands about apps and their tokens. */

/** Rows that one list shows. */
const MOST_ROWS = 10_000

export const appList = databaseCommand({
  options: { corp: CORP_OPTION },
  required: ['corp'],
  async result({ context }, server, call) {
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    const apps = await context.store.read(corp.key, (tx) => server.listApps(context, tx, MOST_ROWS, 0))
    const time = (ms: number | null) => timeText(ms, corp.timeZone)
    const rows = apps.map(({ old_secret_until: until, ...app }) => [
      app.appid,
      app.label || '—',
      app.revoked_at !== null ? '已停用' : app.read_only ? '只读' : '读写',
      `最近使用 ${time(app.used_at)}`,
      until === null ? '' : `旧密钥有效到 ${time(until)}`,
    ])
    const empty = `企业 ${corp.id} 还没有应用\n下一步：genjin app add --corp ${corp.id}\n`
    return { json: { apps }, text: columns(rows) || empty }
  },
})

export const appAdd = databaseCommand({
  options: {
    corp: CORP_OPTION,
    label: option('NAME', '应用名称', 'name of the app'),
    'read-only': flag('只能读取', 'it can only read'),
  },
  required: ['corp'],
  async result({ context }, server, call) {
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    const label = labelOf(given(call, 'label') ?? '')
    const asked = { label, read_only: call.options['read-only'] === true }
    const { appid, app_secret } = await server.addApp(context, corp, asked)
    return { json: { appid, app_secret }, text: secretText(appid, app_secret) }
  },
})

/** Longest name of an app, in characters. */
const LABEL_LENGTH = 256

function labelOf(text: string): string {
  if (!isLongerThan(text, LABEL_LENGTH)) return text
  throw usageError(
    `应用名称最多 ${LABEL_LENGTH} 个字符 / the name of an app has at most ${LABEL_LENGTH} characters`,
  )
}

function secretText(appid: string, secret: string): string {
  return `appid       ${appid}\napp_secret  ${secret}\napp_secret 不会再显示，请立即保存。\n`
}

export const appRename = databaseCommand({
  options: {},
  async result({ context }, server, { args: [appid = '', name = ''] }) {
    const label = labelOf(name)
    const corp = await server.corpOfApp(context, appid)
    await server.byCommand(context, corp, (tx, session) =>
      server.renameAppTo(context, tx, session, { appid, label }),
    )
    return { json: { appid, label }, text: `应用 ${appid} 已改名为 ${shown(label)}\n` }
  },
})

/** A month. */
const MOST_HOURS = 720

export const appRotate = databaseCommand({
  options: {
    'old-hours': option(
      'N',
      `旧密钥还有效几小时，0 到 ${MOST_HOURS}，默认 24；0 为立即失效，已签发的凭证一并作废`,
      `hours that the old secret stays good, 0 to ${MOST_HOURS}, default 24; 0 ends it at once, with the tokens that were issued`,
    ),
  },
  async result({ context }, server, call) {
    const [appid = ''] = call.args
    const hours = integerOption(call, 'old-hours', 0, MOST_HOURS) ?? 24
    const corp = await server.corpOfApp(context, appid)
    const rotated = await server.byCommand(context, corp, (tx, session) =>
      server.rotateSecret(context, tx, session, { appid, old_secret_hours: hours }),
    )
    const { app_secret: secret, old_secret_until: until } = rotated
    const old =
      until === null
        ? '旧密钥与已签发的凭证已失效。'
        : `旧密钥有效到 ${timeText(until, corp.timeZone)}，请在此之前更换。`
    return { json: rotated, text: `${secretText(appid, secret)}${old}\n` }
  },
})

export const appRevoke = databaseCommand({
  options: {},
  async result({ context }, { disableApp }, { args: [appid = ''] }) {
    await disableApp(context, appid)
    return { json: { appid, revoked: true }, text: `已停用应用 ${appid}\n` }
  },
})

export const tokenRevoke = databaseCommand({
  options: {},
  async result({ context }, { revokeToken }, { args: [appid = ''] }) {
    await revokeToken(context, appid)
    return { json: { appid, token_revoked: true }, text: `已作废应用 ${appid} 的 access_token\n` }
  },
})
