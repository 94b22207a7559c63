import type { Core, Distribution, Verified } from 'genjin-server'
import { EVERY_CORP_OPTION, EXIT, flag, given } from '../command.ts'
import { databaseCommand } from '../database.ts'

/** Commands that look after what is stored. */

export const feedReset = databaseCommand({
  options: { corp: EVERY_CORP_OPTION },
  async result({ context }, server, call) {
    const ids = (await server.resetFeeds(context, given(call, 'corp'))).map(({ id }) => id)
    return { json: { reset: ids }, text: `已重置变更流：${ids.join('、') || '没有企业'}\n` }
  },
})

export const reindex = databaseCommand({
  options: { corp: EVERY_CORP_OPTION },
  interrupted: {
    zh: '已重建完的企业保留，其余企业没有改动；再运行一次即从头重建',
    en: 'companies that were completed stay so, the others are unchanged; run again it starts over',
  },
  async result({ context }, server, call) {
    const ids = (await server.reindex(context, given(call, 'corp'))).map(({ id }) => id)
    return { json: { reindexed: ids }, text: `已重建：${ids.join('、') || '没有企业'}\n` }
  },
})

export const migrate = databaseCommand({
  options: {
    citus: flag(
      '再把各表分布到 Citus 集群的各台机器上，按企业分片',
      'then distribute the tables over a Citus cluster, by company',
    ),
  },
  create: true,
  interrupted: {
    zh: '已完成的步骤保留，中断的一步没有改动；再运行一次即可继续',
    en: 'steps that were completed stay so, the interrupted one changed nothing; run again it continues',
  },
  async result({ migrated, context }, _server, { options }) {
    const distributed = options.citus === true ? await context.store.distribute() : undefined
    return {
      json: { ...migrated, ...distributed },
      text: `${migrationText(migrated)}${distributed ? distributionText(distributed) : ''}`,
    }
  },
})

function migrationText({ applied, version }: Core['migrated']): string {
  const done = applied.length > 0 ? `已应用：${applied.join('、')}` : '已是最新'
  return `${done}；结构版本 ${version}\n`
}

function distributionText({ distributed, nodes, nodesWithShards, shards }: Distribution): string {
  const done = distributed.length > 0 ? `已分布：${distributed.join('、')}` : '各表先前都已分布'
  const empty = nodes - nodesWithShards
  return `${done}；${nodes} 个节点，${shards} 个分片${empty > 0 ? `，其中 ${empty} 个节点还没有分片：请用 Citus 的再平衡` : ''}\n`
}

export const verify = databaseCommand({
  options: { corp: EVERY_CORP_OPTION },
  interrupted: {
    zh: '什么也没有改动；再运行一次即从头核对',
    en: 'nothing was changed; run again it starts over',
  },
  async result({ context }, server, call) {
    const found = await server.verify(context, given(call, 'corp'))
    const clean = found.every(server.isClean)
    return {
      json: { clean, corps: found },
      text: found.map((one) => verifiedText(one, server.isClean(one))).join('') || '没有企业\n',
      exit: clean ? EXIT.done : EXIT.failed,
    }
  },
})

/** What a counter counts, and the length of its period. */
const DIMENSIONS: Readonly<Record<string, string>> = {
  all: '全部',
  targetType: '对象类型',
  followType: '跟进方式',
  user: '跟进人',
  pair: '对象类型与跟进方式',
}
const WIDTHS: Readonly<Record<string, string>> = {
  always: '全部时间',
  block: '个 32 天',
  day: '天',
}

function verifiedText(found: Verified, isClean: boolean): string {
  const head = `${found.corp}：跟进 ${found.follows} 条，`
  if (isClean) return `${head}计数与索引表全部相符\n`
  const counters = found.wrongCounters.map(({ system, dimension, value, width, period, off }) => {
    const name = `${DIMENSIONS[dimension] ?? dimension}${value && ` ${value}`}`
    const time = width === 'always' ? WIDTHS.always : `第 ${period} ${WIDTHS[width] ?? width}`
    const more = `${off > 0 ? '多' : '少'} ${Math.abs(off)}`
    return `  计数“${name}”（${system ? '系统' : '员工'}跟进，${time}）${more}\n`
  })
  return (
    `${head}有不符，请运行 genjin reindex --corp ${found.corp}\n${counters.join('')}` +
    `  索引表 follow_target 缺 ${found.missingTargets} 行，多 ${found.strayTargets} 行\n`
  )
}
