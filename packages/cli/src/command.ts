import type { ParseArgsConfig } from 'node:util'
import type { Io } from './io.ts'

/** A text in both languages. */
export interface Text {
  readonly zh: string
  readonly en: string
}

export interface Option extends Text {
  readonly type: 'string' | 'boolean'
  /** What stands for the value in the help. */
  readonly value?: string
}

export type Options = Readonly<Record<string, Option>>

export interface Command {
  readonly options: Options
  /** Paragraphs at the end of the help. */
  readonly notes?: Text
  /** What Ctrl-C has left behind, and whether running the command again continues. */
  readonly interrupted: Text | ((call: CommandCall) => Text)
  /** Whether standard output carries data: errors are then on standard error even with --json. */
  readonly hasDataOnStdout?: (call: CommandCall) => boolean
  /** Returns the exit code. */
  run(call: CommandCall): Promise<number>
}

/** What the general help says about a command. The rest is loaded when the command is used. */
export interface CommandEntry extends Text {
  /** Positional arguments, all required; none by default. */
  readonly args?: readonly string[]
  load(): Promise<Command>
}

export interface CommandCall {
  readonly io: Io
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly json: boolean
}

/**
 * 0 done; 1 failed, nothing half done; 2 wrong usage; 3 import, pull: some lines were skipped; 4 diff: there are differences. A
 * signal that ended the command: 128 and its number, as shells have it (130 for Ctrl-C).
 */
export const EXIT = { done: 0, failed: 1, usage: 2, badLines: 3, different: 4 } as const

/** Why a command ends: an exit code, and a text in Chinese and English that names the way out. */
export class CliError extends Error {
  readonly code: number

  constructor(code: number, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'CliError'
    this.code = code
  }
}

export function usageError(message: string): CliError {
  return new CliError(EXIT.usage, message)
}

/** An option with a value. */
export function option(value: string, zh: string, en: string): Option {
  return { type: 'string', value, zh, en }
}

export function flag(zh: string, en: string): Option {
  return { type: 'boolean', zh, en }
}

export const CORP_OPTION = option('ID', '企业 ID（必填）', 'company ID (required)')
export const EVERY_CORP_OPTION = option(
  'ID',
  '只处理这个企业，默认全部企业',
  'this company only, default all',
)

export const GLOBAL_OPTIONS: Options = {
  database: option(
    'URL',
    '数据库，默认 sqlite:data/genjin.db（也可用环境变量 GENJIN_DATABASE）',
    'database, default sqlite:data/genjin.db (or the environment variable GENJIN_DATABASE)',
  ),
  json: flag('结果以一行 JSON 输出', 'print the result as one line of JSON'),
  help: flag('显示帮助', 'show this help'),
}

export function parseArgsOptions(options: Options): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries({ ...options, ...GLOBAL_OPTIONS }).map(([name, { type }]) => [
      name,
      { type, ...(name === 'help' && { short: 'h' }) },
    ]),
  )
}

/** The value of an option that was given with one. */
export function given({ options }: CommandCall, name: string): string | undefined {
  return options[name] as string | undefined
}

/** The value of an option that the command cannot do without. */
export function requireOption(call: CommandCall, name: string): string {
  const value = given(call, name)
  if (value) return value
  throw usageError(`缺少选项 --${name} / missing option --${name}`)
}

/** An integer within bounds. */
export function integerOption(
  call: CommandCall,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = given(call, name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw usageError(
    `--${name} 须为 ${least} 到 ${most} 的整数 / --${name} must be ${least} to ${most}: ${text}`,
  )
}

/** One of some words. */
export function wordOption<const W extends string>(
  call: CommandCall,
  name: string,
  words: readonly W[],
): W | undefined {
  const text = given(call, name)
  if (text === undefined || words.includes(text as W)) return text as W | undefined
  throw usageError(`--${name} 须为 ${words.join('、')} 之一 / --${name} must be one of ${words.join(', ')}`)
}
