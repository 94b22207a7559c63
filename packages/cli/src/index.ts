import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import {
  CliError,
  type CommandCall,
  type CommandEntry,
  EXIT,
  type Options,
  parseArgsOptions,
  usageError,
} from './command.ts'
import { COMMANDS } from './commands.ts'
import { commandHelp, generalHelp } from './help.ts'
import { type Io, write } from './io.ts'

export type { Io } from './io.ts'

/** Runs one command line. Returns the exit code; never throws for what a user can cause. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    const found = Object.entries(COMMANDS).find(([name]) =>
      name.split(' ').every((word, index) => argv[index] === word),
    )
    return found ? await runCommand(...found, argv, io) : await runWithoutCommand(argv, io)
  } catch (error) {
    return await fail(error, argv.includes('--json'), io)
  }
}

async function runWithoutCommand(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === '--version') {
    const { version } = createRequire(import.meta.url)('../package.json') as { version: string }
    await write(io.stdout, `${version}\n`)
    return EXIT.done
  }
  const asked = ['--help', '-h', 'help'].some((word) => argv.includes(word))
  if (asked || argv.length === 0) {
    await write(io.stdout, generalHelp(COMMANDS))
    return asked ? EXIT.done : EXIT.usage
  }
  throw usageError(`没有这个命令 / unknown command: ${argv.slice(0, 2).join(' ')}`)
}

async function runCommand(
  name: string,
  entry: CommandEntry,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  const command = await entry.load()
  const { values, positionals } = parse(name, command.options, argv.slice(name.split(' ').length))
  if (values.help) {
    await write(io.stdout, commandHelp(name, entry, command))
    return EXIT.done
  }
  const { args = [] } = entry
  if (positionals.length !== args.length) {
    throw usageError(`用法 / usage: genjin ${name} ${args.join(' ')} (genjin ${name} --help)`)
  }
  const options = values as CommandCall['options']
  return await command.run({ io, args: positionals, options, json: options.json === true })
}

function parse(name: string, options: Options, argv: readonly string[]) {
  const parsed = parsedArgs(name, options, argv)
  const names = parsed.tokens.flatMap((token) => (token.kind === 'option' ? token.name : []))
  const twice = names.find((each, index) => names.indexOf(each) !== index)
  if (twice === undefined) return parsed
  throw usageError(
    `选项 --${twice} 给出了多次，只能给一次（列表用逗号分隔）/ --${twice} was given more than once (lists are written with commas)`,
  )
}

function parsedArgs(name: string, options: Options, argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: parseArgsOptions(options),
      allowPositionals: true,
      strict: true,
      tokens: true,
    })
  } catch (error) {
    throw usageError(`${(error as Error).message} (genjin ${name} --help)`)
  }
}

/** Reports an error: on stderr for people, as JSON on stdout with --json. */
async function fail(error: unknown, json: boolean, io: Io): Promise<number> {
  if (io.signal.aborted) {
    await write(io.stderr, '已中断 / interrupted\n').catch(() => {})
    return EXIT.failed
  }
  // The reader of the output has closed it (`genjin export | head`): nothing to report.
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return EXIT.failed
  const message = messageOf(error as Error)
  const text = json ? `${JSON.stringify({ error: message })}\n` : `genjin: ${message}\n`
  await write(json ? io.stdout : io.stderr, text).catch(() => {})
  return error instanceof CliError ? error.code : EXIT.failed
}

/** Errors whose messages are for users. By name: importing the classes would load the server and the client. */
const FOR_USERS: readonly string[] = [
  ...['CliError', 'SyncError', 'ServiceError', 'StoreError'],
  ...['GenjinError', 'ApiError', 'AnswerError', 'NetworkError', 'TimeoutError'],
]

function messageOf(error: Error): string {
  const { name, message, stack } = error
  const { code, kind } = error as { code?: string; kind?: string }
  if (name === 'StoreError' && kind === 'busy') {
    return '数据库正被另一个进程占用，请稍后重试 / the database is held by another process, try again'
  }
  if (FOR_USERS.includes(name)) return message
  if (code === 'EADDRINUSE') return '端口已被占用，请换一个 --port / the port is taken, choose another --port'
  return code === undefined ? (stack ?? message) : message
}
