import type { Core } from 'genjin-server'
import { type Command, flag } from '../command.ts'
import { inDatabase } from '../database.ts'

export const migrate: Command = {
  options: {
    citus: flag(
      '再把各表分布到 Citus 集群的各台机器上，按企业分片',
      'then distribute the tables over a Citus cluster, by company',
    ),
  },
  run: (call) =>
    inDatabase(call, async ({ migrated, context }) => {
      const distributed = call.options.citus === true ? await context.store.distribute() : undefined
      return {
        json: { ...migrated, ...(distributed && { distributed }) },
        text: `${migrationText(migrated)}${distributed ? distributionText(distributed) : ''}`,
      }
    }),
}

function migrationText({ applied, version }: Core['migrated']): string {
  const done = applied.length > 0 ? `已应用：${applied.join('、')}` : '已是最新'
  return `${done}；结构版本 ${version}\n`
}

function distributionText(tables: readonly string[]): string {
  return tables.length > 0 ? `已分布：${tables.join('、')}\n` : '各表先前都已分布\n'
}
