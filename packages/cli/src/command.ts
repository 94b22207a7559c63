import type { ParseArgsConfig } from 'node:util'
import { type Config, readConfig, readEnv } from 'genjin-server'
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

export interface Command extends Text {
  /** One word or two: `serve`, `corp add`. */
  readonly name: string
  /** Positional arguments, all required. */
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** Lines for the end of the help. */
  readonly notes?: Text
  run(call: CommandCall): Promise<number>
}

export interface CommandCall {
  readonly io: Io
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly config: Config
  readonly json: boolean
}

/** 0 done; 1 failed, nothing half done; 2 wrong usage; 3 import: some lines were bad; the others are in, with --strict those before the first; 4 diff: there are differences. */
export const EXIT = { done: 0, failed: 1, usage: 2, badLines: 3, different: 4 } as const

export const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
  database: {
    type: 'string',
    value: 'URL',
    zh: '数据库，默认 sqlite:data/genjin.db（也可用环境变量 GENJIN_DATABASE）',
    en: 'database, default sqlite:data/genjin.db (or the environment variable GENJIN_DATABASE)',
  },
  json: { type: 'boolean', zh: '结果以一行 JSON 输出', en: 'print the result as one line of JSON' },
  help: { type: 'boolean', zh: '显示帮助', en: 'show this help' },
}

/** Wrong usage: the caller sees the message and how to get help. */
export class UsageError extends Error {}

export function parseArgsOptions(command: Command): NonNullable<ParseArgsConfig['options']> {
  const all = { ...command.options, ...GLOBAL_OPTIONS }
  return Object.fromEntries(
    Object.entries(all).map(([name, option]) => [
      name,
      { type: option.type, ...(name === 'help' && { short: 'h' }) },
    ]),
  )
}

/** Only what answers many short queries reads from a replica: a long one can be in the way of its replay, and be ended. */
export function configOf(io: Io, command: Command, options: CommandCall['options']): Config {
  const env = readEnv(io.env)
  const readDatabase = command.name === 'serve' ? env.readDatabase : undefined
  return readConfig({ ...env, readDatabase }, { database: options.database as string | undefined })
}

/** An option that the command cannot do without. */
export function requireOption(call: CommandCall, name: string): string {
  const value = call.options[name]
  if (typeof value !== 'string' || value === '') {
    throw new UsageError(`缺少选项 --${name} / missing option --${name}`)
  }
  return value
}
