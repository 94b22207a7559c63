import type { Command } from '../command.ts'
import { inDatabase } from '../database.ts'

export const tokenRevoke: Command = {
  options: {},
  run: (call) =>
    inDatabase(call, async ({ context }, { revokeToken }) => {
      const [appid = ''] = call.args
      await revokeToken(context, appid)
      return { json: { appid, token_revoked: true }, text: `已作废应用 ${appid} 的 access_token\n` }
    }),
}
