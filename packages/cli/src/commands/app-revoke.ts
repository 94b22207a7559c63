import type { Command } from '../command.ts'
import { inDatabase } from '../database.ts'

export const appRevoke: Command = {
  options: {},
  run: (call) =>
    inDatabase(call, async ({ context }, { disableApp }) => {
      const [appid = ''] = call.args
      await disableApp(context, appid)
      return { json: { appid, revoked: true }, text: `已停用应用 ${appid}\n` }
    }),
}
