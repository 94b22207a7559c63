import {
  addApp,
  addCorp,
  type Core,
  disableApp,
  isClean,
  openCore,
  reindex,
  requireCorp,
  resetFeeds,
  revokeToken,
  type Verified,
  verify,
} from 'genjin-server'
import { type Command, type CommandCall, EXIT, requireOption } from '../command.ts'
import { write } from '../io.ts'

/** Opens the database for one command, prints its result and closes. */
async function withCore(
  call: CommandCall,
  fn: (core: Core) => Promise<{ json: unknown; text: string; exit?: number }>,
): Promise<number> {
  await using core = await openCore(call.config, call.io.environment)
  const result = await fn(core)
  await write(call.io.stdout, call.json ? `${JSON.stringify(result.json)}\n` : result.text)
  return result.exit ?? EXIT.done
}

const ONE_CORP = {
  corp: {
    type: 'string',
    value: 'ID',
    zh: '只处理这个企业，默认全部企业',
    en: 'this company only, default all',
  },
} as const

export const corpAdd: Command = {
  name: 'corp add',
  args: ['ID'],
  zh: '新增企业，并建好系统内置的跟进方式',
  en: 'add a company, with the built-in follow methods',
  options: {
    name: { type: 'string', value: 'NAME', zh: '企业名称，默认同 ID', en: 'name, default the ID' },
    'time-zone': {
      type: 'string',
      value: 'ZONE',
      zh: '时区，默认 Asia/Shanghai',
      en: 'time zone, default Asia/Shanghai',
    },
  },
  run: (call) =>
    withCore(call, async ({ context }) => {
      const [id = ''] = call.args
      const corp = await addCorp(context, {
        id,
        name: (call.options.name as string | undefined) ?? id,
        timeZone: (call.options['time-zone'] as string | undefined) ?? 'Asia/Shanghai',
      })
      return {
        json: { corp: corp.id, name: corp.name, time_zone: corp.timeZone },
        text: `已新增企业 ${corp.id}（${corp.name}，${corp.timeZone}）\n下一步：genjin app add --corp ${corp.id}\n`,
      }
    }),
}

export const appAdd: Command = {
  name: 'app add',
  args: [],
  zh: '为企业新增应用，app_secret 只显示这一次',
  en: 'add an app to a company; its app_secret is shown this once',
  options: { corp: { type: 'string', value: 'ID', zh: '企业 ID（必填）', en: 'company ID (required)' } },
  run: (call) =>
    withCore(call, async ({ context }) => {
      const corp = await requireCorp(context, requireOption(call, 'corp'))
      const { appid, app_secret } = await addApp(context, corp)
      return {
        json: { appid, app_secret },
        text: `appid       ${appid}\napp_secret  ${app_secret}\napp_secret 不会再显示，请立即保存。\n`,
      }
    }),
}

export const appRevoke: Command = {
  name: 'app revoke',
  args: ['APPID'],
  zh: '停用应用，它的 access_token 立即失效',
  en: 'disable an app and its access tokens, for good',
  options: {},
  run: (call) =>
    withCore(call, async ({ context }) => {
      const [appid = ''] = call.args
      await disableApp(context, appid)
      return { json: { appid, revoked: true }, text: `已停用应用 ${appid}\n` }
    }),
}

export const tokenRevoke: Command = {
  name: 'token revoke',
  args: ['APPID'],
  zh: '作废应用现有的 access_token，应用可以重新获取',
  en: "revoke an app's access tokens; it can fetch a new one",
  options: {},
  run: (call) =>
    withCore(call, async ({ context }) => {
      const [appid = ''] = call.args
      await revokeToken(context, appid)
      return { json: { appid, token_revoked: true }, text: `已作废应用 ${appid} 的 access_token\n` }
    }),
}

export const feedReset: Command = {
  name: 'feed reset',
  args: [],
  zh: '从备份恢复之后：让变更流的全部游标失效，读者从头再读',
  en: 'after a restore from a backup: end all cursors of the change feed, so that readers begin anew',
  options: ONE_CORP,
  run: (call) =>
    withCore(call, async ({ context }) => {
      const corps = await resetFeeds(context, call.options.corp as string | undefined)
      const ids = corps.map(({ id }) => id)
      return { json: { reset: ids }, text: `已重置变更流：${ids.join('、') || '没有企业'}\n` }
    }),
}

export const verifyCommand: Command = {
  name: 'verify',
  args: [],
  zh: '重新数一遍全部跟进，与计数和索引表比对；有不符则退出码为 1',
  en: 'count all follow-ups anew and compare with the counters and index tables; exit code 1 when something differs',
  options: ONE_CORP,
  run: (call) =>
    withCore(call, async ({ context }) => {
      const found = await verify(context, call.options.corp as string | undefined)
      const clean = found.every(isClean)
      return {
        json: { clean, corps: found },
        text: found.map(verifiedText).join('') || '没有企业\n',
        exit: clean ? EXIT.done : EXIT.failed,
      }
    }),
}

function verifiedText(found: Verified): string {
  const head = `${found.corp}：跟进 ${found.follows} 条，`
  if (isClean(found)) return `${head}计数与索引表全部相符\n`
  const counters = found.wrongCounters.map(
    ({ system, dimension, value, width, period, off }) =>
      `  计数 ${dimension}${value && `=${value}`}（${system ? '系统' : '员工'}，${width} ${period}）${off > 0 ? '多' : '少'} ${Math.abs(off)}\n`,
  )
  return (
    `${head}有不符，请运行 genjin reindex --corp ${found.corp}\n${counters.join('')}` +
    `  索引表 follow_target 缺 ${found.missingTargets} 行，多 ${found.strayTargets} 行\n`
  )
}

export const reindexCommand: Command = {
  name: 'reindex',
  args: [],
  zh: '由跟进记录重建计数和索引表；期间本企业的写入等待，查询照常',
  en: 'make the counters and index tables anew from the records; meanwhile writes wait, reads go on',
  options: ONE_CORP,
  run: (call) =>
    withCore(call, async ({ context }) => {
      const corps = await reindex(context, call.options.corp as string | undefined)
      const ids = corps.map(({ id }) => id)
      return { json: { reindexed: ids }, text: `已重建：${ids.join('、') || '没有企业'}\n` }
    }),
}

export const migrate: Command = {
  name: 'migrate',
  args: [],
  zh: '把数据库结构升级到本版本（其他命令启动时也会自动升级）',
  en: 'bring the database schema up to this version (other commands do so as they start)',
  options: {
    citus: {
      type: 'boolean',
      zh: '再把各表分布到 Citus 集群的各台机器上，按企业分片',
      en: 'then distribute the tables over a Citus cluster, by company',
    },
  },
  run: (call) =>
    withCore(call, async ({ migrated, context }) => {
      const distributed = call.options.citus === true ? await context.store.distribute() : undefined
      return {
        json: { ...migrated, ...(distributed && { distributed }) },
        text: `${migrationText(migrated)}${distributed ? distributionText(distributed) : ''}`,
      }
    }),
}

function migrationText({ applied, version }: Core['migrated']): string {
  return applied.length > 0
    ? `已应用：${applied.join('、')}；结构版本 ${version}\n`
    : `已是最新；结构版本 ${version}\n`
}

function distributionText(tables: readonly string[]): string {
  return tables.length > 0 ? `已分布：${tables.join('、')}\n` : '各表先前都已分布\n'
}
