import { createRequire } from 'node:module'
import {
  CliError,
  type Command,
  type CommandCall,
  type CommandEntry,
  EXIT,
  type Text,
  usageError,
} from './command.ts'
import { COMMANDS } from './commands.ts'
import { messageOf } from './errors.ts'
import { commandHelp, generalHelp } from './help.ts'
import { exitCodeOf, type Io, write } from './io.ts'
import { parseWords, unknownCommand } from './words.ts'

export type { Io } from './io.ts'

/** Runs one command line. Returns the exit code; never throws for what a user can cause. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    const found = commandOf(argv)
    return found ? await runCommand(...found, argv, io) : await runWithoutCommand(argv, io)
  } catch (error) {
    return await fail(error, argv.includes('--json') ? io.stdout : undefined, io)
  }
}

function commandOf(words: readonly string[]): [name: string, entry: CommandEntry] | undefined {
  return Object.entries(COMMANDS).find(([name]) =>
    name.split(' ').every((word, index) => words[index] === word),
  )
}

/** Help and version; anything else is wrong usage. */
async function runWithoutCommand(argv: readonly string[], io: Io): Promise<number> {
  const isHelp = (word: string) => ['--help', '-h', 'help'].includes(word)
  const [first] = argv.filter((word) => word !== '--json')
  const isAsked = argv.some(isHelp)
  if (first === '--version' || first === '-v' || first === '-V') {
    const { version } = createRequire(import.meta.url)('../package.json') as { version: string }
    await write(io.stdout, argv.includes('--json') ? `${JSON.stringify({ version })}\n` : `${version}\n`)
    return EXIT.done
  }
  const about = argv.filter((word) => !isHelp(word) && word !== '--json')
  const found = commandOf(about)
  if (found && isAsked) {
    await write(io.stdout, commandHelp(...found, await found[1].load()))
    return EXIT.done
  }
  // `corp` has commands; without any word it is all of them.
  const group = Object.entries(COMMANDS).filter(
    ([name]) => about.length === 0 || (about.length === 1 && name.startsWith(`${about[0]} `)),
  )
  if (group.length === 0) {
    throw unknownCommand(argv[0] === '--json' ? argv : about, Object.keys(COMMANDS))
  }
  if (!isAsked && argv.includes('--json')) {
    throw usageError(`缺少命令 / the command is missing (genjin ${[...about, '--help'].join(' ')})`)
  }
  await write(io.stdout, generalHelp(Object.fromEntries(group)))
  return isAsked ? EXIT.done : EXIT.usage
}

async function runCommand(
  name: string,
  entry: CommandEntry,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  const command = await entry.load()
  const words = argv.slice(name.split(' ').length)
  const { args, options } = parseWords(name, entry, command.options, words)
  if (options.help) {
    await write(io.stdout, commandHelp(name, entry, command))
    return EXIT.done
  }
  const call: CommandCall = { io, args, options, json: options.json === true }
  try {
    return await command.run(call)
  } catch (error) {
    const reported = call.json && !command.hasDataOnStdout?.(call) ? io.stdout : undefined
    return await fail(io.signal.aborted ? interrupted(command, call) : error, reported, io)
  }
}

function interrupted({ interrupted: left }: Command, call: CommandCall): CliError {
  const { zh, en }: Text = typeof left === 'function' ? left(call) : left
  return new CliError(exitCodeOf(call.io.signal), `已中断：${zh} / interrupted: ${en}`)
}

/** Reports an error: on standard error for people, or as JSON on `json`. */
async function fail(error: unknown, json: Io['stdout'] | undefined, io: Io): Promise<number> {
  // The reader of the output has closed it (`genjin export | head`): nothing to report.
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return EXIT.failed
  const message = messageOf(error as Error)
  const text = json ? `${JSON.stringify({ error: message })}\n` : `genjin: ${message}\n`
  await write(json ?? io.stderr, text).catch(() => {})
  return error instanceof CliError ? error.code : EXIT.failed
}
