import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { GenjinError } from 'genjin-client'
import { ServiceError, StoreError } from 'genjin-server'
import { type Command, type CommandCall, configOf, EXIT, parseArgsOptions, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { commandHelp, generalHelp } from './help.ts'
import { type Io, write } from './io.ts'

export type { Io } from './io.ts'

const manifest = createRequire(import.meta.url)('../package.json') as { version: string }

/** Runs one command line. Answers the exit code; never throws for what a user can cause. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const wantsJson = argv.includes('--json')
  try {
    const command = COMMANDS.find(({ name }) => {
      const words = name.split(' ')
      return words.every((word, index) => argv[index] === word)
    })
    if (!command) return await runWithoutCommand(argv, io)
    return await runCommand(command, argv.slice(command.name.split(' ').length), io)
  } catch (error) {
    return fail(error, wantsJson, io)
  }
}

async function runWithoutCommand(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === '--version') {
    await write(io.stdout, `${manifest.version}\n`)
    return EXIT.done
  }
  const asked = ['--help', '-h', 'help'].some((word) => argv.includes(word))
  if (asked || argv.length === 0) {
    await write(io.stdout, generalHelp(COMMANDS))
    return asked ? EXIT.done : EXIT.usage
  }
  throw new UsageError(`没有这个命令 / unknown command: ${argv.slice(0, 2).join(' ')}`)
}

async function runCommand(command: Command, argv: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parse(command, argv)
  if (values.help) {
    await write(io.stdout, commandHelp(command))
    return EXIT.done
  }
  if (positionals.length !== command.args.length) {
    throw new UsageError(
      `用法 / usage: genjin ${command.name} ${command.args.join(' ')} (genjin ${command.name} --help)`,
    )
  }
  const options = values as CommandCall['options']
  const json = options.json === true
  return command.run({ io, args: positionals, options, config: configOf(io, command, options), json })
}

function parse(command: Command, argv: readonly string[]) {
  const parsed = parsedArgs(command, argv)
  const given = parsed.tokens.flatMap((token) => (token.kind === 'option' ? token.name : []))
  const twice = given.find((name, index) => given.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new UsageError(
      `选项 --${twice} 给出了多次，只能给一次（列表用逗号分隔）/ --${twice} was given more than once (lists are written with commas)`,
    )
  }
  return parsed
}

function parsedArgs(command: Command, argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: parseArgsOptions(command),
      allowPositionals: true,
      strict: true,
      tokens: true,
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (genjin ${command.name} --help)`)
  }
}

/** Says what went wrong: on stderr for people, as JSON on stdout with --json. */
async function fail(error: unknown, json: boolean, io: Io): Promise<number> {
  const code = error instanceof UsageError ? EXIT.usage : EXIT.failed
  if (io.signal.aborted) {
    await write(io.stderr, '已中断 / interrupted\n').catch(() => {})
    return EXIT.failed
  }
  // The reader of our output went away: nothing to tell, and nobody to tell it to.
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return EXIT.failed
  const message = messageOf(error)
  const text = json ? `${JSON.stringify({ error: message })}\n` : `genjin: ${message}\n`
  await write(json ? io.stdout : io.stderr, text).catch(() => {})
  return code
}

function messageOf(error: unknown): string {
  if (error instanceof StoreError && error.kind === 'busy') {
    return '数据库正被另一个进程占用，请稍后重试 / the database is held by another process, try again'
  }
  if (error instanceof ServiceError || error instanceof StoreError || error instanceof UsageError) {
    return error.message
  }
  // Of a server: what it refused, or why it did not answer.
  if (error instanceof GenjinError) return error.message
  const { code, message, stack } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `端口已被占用，请换一个 --port / the port is taken, choose another --port`
  return code === undefined ? (stack ?? message) : message
}
