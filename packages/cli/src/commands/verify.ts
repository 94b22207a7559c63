import type { Verified } from 'genjin-server'
import { type Command, EVERY_CORP_OPTION, EXIT, given } from '../command.ts'
import { inDatabase } from '../database.ts'

export const verify: Command = {
  options: { corp: EVERY_CORP_OPTION },
  run: (call) =>
    inDatabase(call, async ({ context }, server) => {
      const found = await server.verify(context, given(call, 'corp'))
      const clean = found.every(server.isClean)
      return {
        json: { clean, corps: found },
        text: found.map((one) => verifiedText(one, server.isClean(one))).join('') || '没有企业\n',
        exit: clean ? EXIT.done : EXIT.failed,
      }
    }),
}

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
