import { type Differing, findingsOf, Summary } from '../../../sync/src/diff/findings.ts'
import {
  differingText,
  isDifferent,
  type Missing,
  missingText,
  type Outcome,
  outcomeJson,
  summaryText,
} from '../../../sync/src/diff/report.ts'
import { type DiffRequest, LISTS, type ListName } from '../../../sync/src/diff/request.ts'
import { fixedRequests, randomRequests } from '../../../sync/src/diff/requests.ts'
import { askBoth, compareAt, inOrder, isMissing, type Sides } from '../../../sync/src/diff/run.ts'
import { readSample, type Sample, type Samples } from '../../../sync/src/diff/samples.ts'
import { type Side, sideOf } from '../../../sync/src/diff/side.ts'
import { type Command, type CommandCall, EXIT, requireOption, UsageError } from '../command.ts'
import { write } from '../io.ts'
import { startProgress } from '../progress.ts'

/** Requests under way at once, to each side. */
const LANES = 4

const LARGEST_SEED = 4_294_967_295
const MOST_REQUESTS = 10_000_000

export const diff: Command = {
  name: 'diff',
  args: [],
  zh: '向两个服务器发同样的随机查询，列出应答的全部不同；用来判断一个服务器能否替换另一个',
  en: 'send the same random requests to two servers and print where their answers differ, to judge a drop-in replacement',
  options: {
    a: {
      type: 'string',
      value: 'URL',
      zh: '一个服务器的地址（必填）',
      en: 'address of one server (required)',
    },
    b: {
      type: 'string',
      value: 'URL',
      zh: '另一个服务器的地址（必填）',
      en: 'address of the other server (required)',
    },
    ...credentialOptions('a'),
    ...credentialOptions('b'),
    requests: {
      type: 'string',
      value: 'N',
      zh: '随机请求的个数，默认 1000',
      en: 'random requests, default 1000',
    },
    seed: {
      type: 'string',
      value: 'N',
      zh: '随机数的种子，0 到 4294967295，默认随机；输出里写明，相同的种子与数据得到相同的请求',
      en: 'seed, 0 to 4294967295, random by default and printed: the same seed and data give the same requests',
    },
    show: {
      type: 'string',
      value: 'N',
      zh: '完整列出的不同的个数，默认 20；全部都会计数',
      en: 'differences printed in full, default 20; all are counted',
    },
  },
  notes: {
    zh: '只调用平台有文档的查询接口，什么也不写入。请求由两边现有的记录产生。有不同时各再问两次，其间的写入因此不算不同。退出码：0 没有不同，4 有不同，1 有一边没有应答。',
    en: 'It only reads, by documented operations of the platform. The requests are made from records of both sides. Where answers differ both are asked twice more, so that what is written meanwhile does not count. Exit code 0: no difference, 4: differences, 1: a side did not answer.',
  },
  async run(call) {
    const { io } = call
    for (const name of ['a', 'b']) requireOption(call, name)
    const requests = numberOption(call, 'requests', 1, MOST_REQUESTS) ?? 1000
    const seed = numberOption(call, 'seed', 0, LARGEST_SEED) ?? io.environment.random(4).readUInt32BE()
    const show = numberOption(call, 'show', 0, MOST_REQUESTS) ?? 20
    // What is under way when one side fails is not waited for.
    const stop = new AbortController()
    const signal = AbortSignal.any([io.signal, stop.signal])
    try {
      const sides = [sideOf(call, 'a', signal), sideOf(call, 'b', signal)] as const
      const outcome = await compare(call, sides, { requests, seed, show })
      await write(io.stdout, call.json ? `${outcomeJson(outcome)}\n` : summaryText(outcome))
      return isDifferent(outcome) ? EXIT.different : EXIT.done
    } finally {
      stop.abort()
    }
  },
}

function credentialOptions(name: 'a' | 'b'): Command['options'] {
  const upper = name.toUpperCase()
  return {
    [`app-${name}`]: {
      type: 'string',
      value: 'FILE',
      zh: `--${name} 的凭证文件，即 genjin app add --json 的输出`,
      en: `file with the credentials for --${name}, as genjin app add --json prints them`,
    },
    [`appid-${name}`]: {
      type: 'string',
      value: 'ID',
      zh: `--${name} 的应用 ID;app_secret 从环境变量 GENJIN_APP_SECRET_${upper} 读取`,
      en: `id of the app for --${name}; its secret is read from the environment variable GENJIN_APP_SECRET_${upper}`,
    },
  }
}

function numberOption(call: CommandCall, name: string, least: number, most: number): number | undefined {
  const text = call.options[name] as string | undefined
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(`--${name} 须为 ${least} 到 ${most} / must be ${least} to ${most}`)
  }
  return value
}

interface Settings {
  readonly requests: number
  readonly seed: number
  readonly show: number
}

async function compare(call: CommandCall, sides: Sides, settings: Settings): Promise<Outcome> {
  const { io, json } = call
  const { requests, seed, show } = settings
  const tell = async (text: string) => (json ? undefined : await write(io.stdout, text))
  await tell(`a ${sides[0].url}\nb ${sides[1].url}\nseed ${seed}\n\n`)
  await Promise.all(sides.map((side) => side.greet()))
  const { lists, missing, samples } = await look(sides)
  for (const entry of missing) await tell(missingText(entry))
  const all = allRequests(lists, requests, seed, samples)
  const summary = new Summary()
  const differences: Differing[] = []
  const bar = startProgress(io, '比较', all.count, 'requests')
  try {
    for await (const [request, compared] of inOrder(all.requests, LANES, (one) => compareAt(sides, one))) {
      const findings = findingsOf(compared.differences, (text) => redact(sides, text))
      summary.add(request, compared, findings)
      bar.update(summary.requests)
      if (findings.length === 0 || differences.length >= show) continue
      const differing = { number: summary.requests, request, findings }
      differences.push(differing)
      // The block takes the place of the bar, which is drawn below it next time.
      bar.end()
      await tell(differingText(differing))
    }
  } finally {
    bar.end()
  }
  return { seed, summary, missing, differences }
}

/** Which lists both sides have, and what is in them. */
async function look(sides: Sides) {
  const found = await Promise.all(LISTS.map((operation) => lookAt(sides, operation)))
  const present = found.flatMap(({ operation, sample }) => (sample ? [[operation, sample] as const] : []))
  return {
    lists: present.map(([operation]) => operation),
    missing: found.flatMap(({ operation, side }) => (side ? [{ operation, side }] : [])),
    samples: Object.fromEntries(present) as Samples,
  }
}

async function lookAt(sides: Sides, operation: ListName): Promise<Partial<Missing> & Looked> {
  const [a, b] = (await askBoth(sides, { operation, params: {} })).map(isMissing)
  if (a || b) return { operation, side: a && b ? 'both' : a ? 'a' : 'b' }
  return { operation, sample: await readSample((request) => askBoth(sides, request), operation) }
}

interface Looked {
  readonly operation: ListName
  readonly sample?: Sample
}

function allRequests(lists: readonly ListName[], count: number, seed: number, samples: Samples) {
  const fixed = fixedRequests(lists)
  const random = lists.length > 0 ? randomRequests(seed, count, lists, samples) : []
  function* requests(): Generator<DiffRequest> {
    yield* fixed
    yield* random
  }
  return { requests: requests(), count: fixed.length + (lists.length > 0 ? count : 0) }
}

function redact(sides: readonly Side[], text: string): string {
  return sides.reduce((rest, side) => side.redact(rest), text)
}
