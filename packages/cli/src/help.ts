import { type Command, type CommandEntry, GLOBAL_OPTIONS, type Options, type Text } from './command.ts'

const EXIT_CODES = `退出码 / Exit codes:
  0 完成 / done   1 失败，没有只做一半的事 / failed, nothing half done   2 用法不对 / wrong usage
  3 导入或拉取时跳过了无效行：其余已写入，--strict 时停在第一行 / import, pull: invalid lines were skipped; the others are in, with --strict those before
  4 比较时有不同 / diff: there are differences   130 被 Ctrl-C 中断 / interrupted by Ctrl-C
`

/** `genjin --help`, or `genjin corp --help` with those commands. */
export function generalHelp(commands: Readonly<Record<string, CommandEntry>>): string {
  const rows = Object.entries(commands).map(
    ([name, command]) => [['genjin', name, ...(command.args ?? [])].join(' '), command] as const,
  )
  return `genjin 跟进：企微跟进记录服务 / follow-up record service

用法 / Usage:
${listOf(rows)}

  genjin <命令 / command> --help   各命令的选项 / options of a command

通用选项 / Options of every command:
${optionsText(GLOBAL_OPTIONS)}

${EXIT_CODES}`
}

/** `genjin <command> --help` */
export function commandHelp(
  name: string,
  { args = [], zh, en }: CommandEntry,
  { options, notes }: Command,
): string {
  return `${['genjin', name, ...args, '[选项 / options]'].join(' ')}

${zh}
${en}

选项 / Options:
${optionsText({ ...options, ...GLOBAL_OPTIONS })}
${notes ? `\n${notes.zh}\n${notes.en}\n` : ''}
${EXIT_CODES}`
}

function optionsText(options: Options): string {
  return listOf(
    Object.entries(options).map(
      ([name, one]) => [`--${name}${one.value ? ` ${one.value}` : ''}`, one] as const,
    ),
  )
}

/** Each text beside its usage, English below Chinese. */
function listOf(rows: readonly (readonly [usage: string, text: Text])[]): string {
  const width = Math.max(22, ...rows.map(([usage]) => usage.length))
  return rows
    .map(([usage, { zh, en }]) => `  ${usage.padEnd(width)}  ${zh}\n${' '.repeat(width + 4)}${en}`)
    .join('\n')
}
