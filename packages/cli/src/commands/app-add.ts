import { CORP_OPTION, type Command, requireOption } from '../command.ts'
import { inDatabase } from '../database.ts'

export const appAdd: Command = {
  options: { corp: CORP_OPTION },
  run: (call) =>
    inDatabase(call, async ({ context }, { addApp, requireCorp }) => {
      const corp = await requireCorp(context, requireOption(call, 'corp'))
      const { appid, app_secret } = await addApp(context, corp)
      return {
        json: { appid, app_secret },
        text: `appid       ${appid}\napp_secret  ${app_secret}\napp_secret 不会再显示，请立即保存。\n`,
      }
    }),
}
