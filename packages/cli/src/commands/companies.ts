import { CORP_OPTION, given, option, requireOption } from '../command.ts'
import { databaseCommand } from '../database.ts'

/** Commands that add and disable companies, apps and tokens. */

export const corpAdd = databaseCommand({
  options: {
    name: option('NAME', '企业名称，默认同 ID', 'name, default the ID'),
    'time-zone': option('ZONE', '时区，默认 Asia/Shanghai', 'time zone, default Asia/Shanghai'),
  },
  create: true,
  async result({ context }, { addCorp }, call) {
    const [id = ''] = call.args
    const corp = await addCorp(context, {
      id,
      name: given(call, 'name') ?? id,
      timeZone: given(call, 'time-zone') ?? 'Asia/Shanghai',
    })
    return {
      json: { corp: corp.id, name: corp.name, time_zone: corp.timeZone },
      text: `已新增企业 ${corp.id}（${corp.name}，${corp.timeZone}）\n下一步：genjin app add --corp ${corp.id}\n`,
    }
  },
})

export const appAdd = databaseCommand({
  options: { corp: CORP_OPTION },
  required: ['corp'],
  async result({ context }, server, call) {
    const corp = await server.requireCorp(context, requireOption(call, 'corp'))
    const { appid, app_secret } = await server.addApp(context, corp)
    return {
      json: { appid, app_secret },
      text: `appid       ${appid}\napp_secret  ${app_secret}\napp_secret 不会再显示，请立即保存。\n`,
    }
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
