import { type Command, EVERY_CORP_OPTION, given } from '../command.ts'
import { inDatabase } from '../database.ts'

export const feedReset: Command = {
  options: { corp: EVERY_CORP_OPTION },
  run: (call) =>
    inDatabase(call, async ({ context }, { resetFeeds }) => {
      const ids = (await resetFeeds(context, given(call, 'corp'))).map(({ id }) => id)
      return { json: { reset: ids }, text: `已重置变更流：${ids.join('、') || '没有企业'}\n` }
    }),
}
