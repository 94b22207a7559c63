import { differingText, isDifferent, missingText, outcomeJson, runDiff, Side, summaryText } from 'genjin-sync'
import {
  type Command,
  type CommandCall,
  EXIT,
  integerOption,
  type Options,
  option,
  requireOption,
} from '../command.ts'
import { write } from '../io.ts'
import { startProgress } from '../progress.ts'
import { credentialsOf, serverAddress } from '../source.ts'

const LARGEST_SEED = 4_294_967_295
const MOST_REQUESTS = 10_000_000

export const diff: Command = {
  options: {
    a: option('URL', '一个服务器的地址（必填）', 'address of one server (required)'),
    b: option('URL', '另一个服务器的地址（必填）', 'address of the other server (required)'),
    ...credentialOptions('a'),
    ...credentialOptions('b'),
    requests: option('N', '随机请求的个数，默认 1000', 'random requests, default 1000'),
    seed: option(
      'N',
      '随机数的种子，0 到 4294967295，默认随机；输出里写明，相同的种子与数据得到相同的请求',
      'seed, 0 to 4294967295, random by default and printed: the same seed and data give the same requests',
    ),
    show: option(
      'N',
      '完整列出的不同的个数，默认 20；全部都会计数',
      'differences printed in full, default 20; all are counted',
    ),
  },
  notes: {
    zh: '只调用平台有文档的查询接口，什么也不写入。请求由两边现有的记录产生。有不同时再各查两次，所以其间的写入不算不同。退出码：0 没有不同，4 有不同，1 有一边没有响应。',
    en: 'It only reads, by documented operations of the platform. The requests are made from records of both sides. Where responses differ each side is asked twice more, so that what is written meanwhile does not count. Exit code 0: no difference, 4: differences, 1: a side did not respond.',
  },
  interrupted: {
    zh: '比较没有完成；再运行一次会从头比较，用 --seed 可以重复同样的请求',
    en: 'the comparison is incomplete; run again it starts over, with --seed with the same requests',
  },
  async run(call) {
    const { io, json } = call
    for (const name of ['a', 'b']) requireOption(call, name)
    const requests = integerOption(call, 'requests', 1, MOST_REQUESTS) ?? 1000
    const seed = integerOption(call, 'seed', 0, LARGEST_SEED) ?? io.environment.random(4).readUInt32BE()
    const show = integerOption(call, 'show', 0, MOST_REQUESTS) ?? 20
    // Ends the requests in flight when one side fails.
    const stop = new AbortController()
    const signal = AbortSignal.any([io.signal, stop.signal])
    const sides = [sideOf(call, 'a', signal), sideOf(call, 'b', signal)] as const
    const print = async (text: string) => (json ? undefined : await write(io.stdout, text))
    await print(`a ${sides[0].url}\nb ${sides[1].url}\nseed ${seed}\n\n`)
    const bar = startProgress(io, '比较', requests, 'requests')
    try {
      const outcome = await runDiff(sides, {
        requests,
        seed,
        show,
        onMissing: (missing) => print(missingText(missing)),
        onDifference: async (differing) => {
          // Printed in place of the bar, which is drawn below it next time.
          bar.end()
          await print(differingText(differing))
        },
        onProgress: bar.update,
      })
      bar.end()
      await write(io.stdout, json ? `${outcomeJson(outcome)}\n` : summaryText(outcome))
      return isDifferent(outcome) ? EXIT.different : EXIT.done
    } finally {
      bar.end()
      stop.abort()
    }
  },
}

function credentialOptions(name: 'a' | 'b'): Options {
  const upper = name.toUpperCase()
  return {
    [`app-${name}`]: option(
      'FILE',
      `--${name} 的凭证文件，即 genjin app add --json 的输出`,
      `file with the credentials for --${name}, as genjin app add --json prints them`,
    ),
    [`appid-${name}`]: option(
      'ID',
      `--${name} 的应用 ID；app_secret 从环境变量 GENJIN_APP_SECRET_${upper} 读取`,
      `id of the app for --${name}; its secret is read from the environment variable GENJIN_APP_SECRET_${upper}`,
    ),
  }
}

/** The server of --a or --b, as the app of --app-a or --appid-a. */
function sideOf(call: CommandCall, name: 'a' | 'b', signal: AbortSignal): Side {
  const variable = `GENJIN_APP_SECRET_${name.toUpperCase()}`
  const credentials = credentialsOf(call, `app-${name}`, `appid-${name}`, variable)
  return new Side(name, serverAddress(call, name), credentials, signal)
}
