import { type Command, EVERY_CORP_OPTION, given } from '../command.ts'
import { inDatabase } from '../database.ts'

export const reindex: Command = {
  options: { corp: EVERY_CORP_OPTION },
  run: (call) =>
    inDatabase(call, async ({ context }, server) => {
      const ids = (await server.reindex(context, given(call, 'corp'))).map(({ id }) => id)
      return { json: { reindexed: ids }, text: `已重建：${ids.join('、') || '没有企业'}\n` }
    }),
}
