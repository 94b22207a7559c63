import { given, option } from '../command.ts'
import { databaseCommand } from '../database.ts'

/** Commands about companies. */

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
