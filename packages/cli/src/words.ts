import { parseArgs } from 'node:util'
import {
  type CommandCall,
  type CommandEntry,
  GLOBAL_OPTIONS,
  type Options,
  parseArgsOptions,
  usageError,
} from './command.ts'
import { nearest } from './nearest.ts'

/** A command line that was taken apart. */
interface Words {
  readonly args: readonly string[]
  readonly options: CommandCall['options']
}

type Token = ReturnType<typeof tokensOf>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

/**
 * Takes apart what follows the name of a command. Checked here and not by `parseArgs`, whose texts are a library's. No text repeats
 * a value, which can be a secret.
 */
export function parseWords(
  name: string,
  { args: wanted = [] }: CommandEntry,
  own: Options,
  words: readonly string[],
): Words {
  const known = { ...own, ...GLOBAL_OPTIONS }
  const options: Record<string, string | boolean> = {}
  const args: string[] = []
  for (const token of tokensOf(words, known)) {
    if (token.kind === 'positional') args.push(token.value)
    if (token.kind !== 'option') continue
    const value = checkedValue(name, token, known)
    if (options[token.name] !== undefined) throw givenTwice(token.name)
    options[token.name] = value
  }
  const isUsed = args.length === wanted.length && args.every((arg) => arg.trim() !== '')
  if (isUsed || options.help === true) return { args, options }
  const usage = ['genjin', name, ...wanted].join(' ')
  throw usageError(`用法 / usage: ${usage} (genjin ${name} --help)`)
}

function tokensOf(words: readonly string[], known: Options) {
  return parseArgs({
    args: [...words],
    options: parseArgsOptions(known),
    allowPositionals: true,
    strict: false,
    tokens: true,
  }).tokens
}

function checkedValue(command: string, token: OptionToken, known: Options): string | boolean {
  const { name, rawName, value, inlineValue } = token
  const one = Object.hasOwn(known, name) ? known[name] : undefined
  if (!one) throw unknownOption(command, rawName, known)
  if (one.type === 'boolean') {
    if (value === undefined) return true
    throw usageError(`选项 --${name} 不带值 / --${name} takes no value`)
  }
  if (value === undefined || (!inlineValue && /^-./.test(value))) {
    throw usageError(
      `选项 --${name} 缺少值：写作 --${name} ${one.value}（以 - 开头的值写作 --${name}=值）/ --${name} needs a value: --${name} ${one.value} (one that begins with - is written --${name}=VALUE)`,
    )
  }
  if (value.trim() !== '') return value
  throw usageError(
    `选项 --${name} 的值为空：请给出值，或去掉这个选项 / --${name} is empty: give a value, or leave the option out`,
  )
}

function unknownOption(command: string, rawName: string, known: Options): Error {
  const meant = nearest(rawName.replace(/^-+/, ''), Object.keys(known))
  const [zh, en] = meant ? [`，是不是 --${meant}？`, `, did you mean --${meant}?`] : ['', '']
  const all = `(genjin ${command} --help)`
  return usageError(`没有选项 ${rawName}${zh} / unknown option ${rawName}${en} ${all}`)
}

function givenTwice(name: string): Error {
  return usageError(
    `选项 --${name} 给出了多次，只能给一次（列表用逗号分隔）/ --${name} was given more than once (lists are written with commas)`,
  )
}

/** What a message repeats of a command that is not known: words; an address could hold a password. */
const SHOWN = /^[a-z-]{1,20}( [a-z-]{1,20})?$/i

/** A command line that begins with no command. */
export function unknownCommand(words: readonly string[], names: readonly string[]): Error {
  const [first = '', second = ''] = words
  if (first.startsWith('-')) {
    return usageError(
      `命令写在选项之前：genjin 命令 [选项]（genjin --help 列出全部）/ the command comes first: genjin COMMAND [options] (genjin --help lists all)`,
    )
  }
  const groups = names.map((name) => name.split(' ')[0] as string)
  const isGroup = groups.includes(first)
  const typed = isGroup ? `${first} ${second}` : first
  const shown = SHOWN.test(typed) ? ` ${typed}` : ''
  const both = nearest(`${first} ${second}`.slice(0, 40), names)
  const meant = both ?? nearest(first, groups)
  const [zh, en] = meant && meant !== first ? [`，是不是 ${meant}？`, `, did you mean ${meant}?`] : ['', '']
  const all = `(genjin ${isGroup ? `${first} ` : ''}--help)`
  return usageError(
    `没有${shown === '' ? '这个命令' : `命令${shown}`}${zh} / unknown command${shown}${en} ${all}`,
  )
}
