import { type Command, GLOBAL_OPTIONS, type Option } from './command.ts'

/** `genjin --help` */
export function generalHelp(commands: readonly Command[]): string {
  const rows = commands.map(
    (command) => [`${command.name} ${command.args.join(' ')}`.trim(), command] as const,
  )
  const width = Math.max(...rows.map(([usage]) => usage.length))
  const list = rows.map(
    ([usage, { zh, en }]) => `  genjin ${usage.padEnd(width)}  ${zh}\n${' '.repeat(width + 11)}${en}`,
  )
  return `genjin 跟进：企微跟进记录服务 / follow-up record service

用法 / Usage:
${list.join('\n')}

  genjin <命令 / command> --help   各命令的选项 / options of a command

通用选项 / Options of every command:
${optionRows(GLOBAL_OPTIONS)}

${EXIT_CODES}`
}

const EXIT_CODES = `退出码 / Exit codes:
  0 完成 / done   1 失败，没有只做一半的事 / failed, nothing half done   2 用法不对 / wrong usage
  3 导入或拉取时有坏行：其余已写入，--strict 时停在第一条 / import, pull: bad lines; the others are in, with --strict those before
  4 比较时有不同 / diff: there are differences
`

/** `genjin <command> --help` */
export function commandHelp(command: Command): string {
  const usage = ['genjin', command.name, ...command.args, '[选项 / options]'].join(' ')
  const own = Object.keys(command.options).length > 0 ? `${optionRows(command.options)}\n` : ''
  const notes = command.notes ? `\n${command.notes.zh}\n${command.notes.en}\n` : ''
  return `${usage}

${command.zh}
${command.en}

选项 / Options:
${own}${optionRows(GLOBAL_OPTIONS)}
${notes}
${EXIT_CODES}`
}

function optionRows(options: Readonly<Record<string, Option>>): string {
  const rows = Object.entries(options).map(
    ([name, option]) => [`--${name}${option.value ? ` ${option.value}` : ''}`, option] as const,
  )
  const width = Math.max(22, ...rows.map(([usage]) => usage.length))
  return rows
    .map(([usage, { zh, en }]) => `  ${usage.padEnd(width)}  ${zh}\n${' '.repeat(width + 4)}${en}`)
    .join('\n')
}
