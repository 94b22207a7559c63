import type { Config, Core, OpenOptions } from 'genjin-server'
import { type Command, type CommandCall, EXIT, given, type Options } from './command.ts'
import { write } from './io.ts'

export type Server = typeof import('genjin-server')

/** Loads the server's code: only the commands that open a database do. */
export function loadServer(): Promise<Server> {
  return import('genjin-server')
}

/**
 * The database of --database or the environment. Without the read replica: its replay can end a long query, and only serve has
 * nothing but short ones.
 */
export function configOf({ readConfig, readEnv }: Server, call: CommandCall, option = 'database'): Config {
  const env = { ...readEnv(call.io.env), readDatabase: undefined }
  return readConfig(env, { database: given(call, option) }, `--${option}`)
}

/** Opens the database of the call. */
export function openDatabase(server: Server, call: CommandCall, options?: OpenOptions): Promise<Core> {
  return server.openCore(configOf(server, call), call.io.environment, options)
}

export interface Result {
  /** What --json prints. */
  readonly json: unknown
  readonly text: string
  /** Exit code, unless the command is done. */
  readonly exit?: number
}

/** A command that opens the database, prints one result and closes. */
export function databaseCommand(
  options: Options,
  fn: (core: Core, server: Server, call: CommandCall) => Promise<Result>,
): Command {
  return {
    options,
    async run(call) {
      const server = await loadServer()
      await using core = await openDatabase(server, call)
      const { json, text, exit = EXIT.done } = await fn(core, server, call)
      await write(call.io.stdout, call.json ? `${JSON.stringify(json)}\n` : text)
      return exit
    },
  }
}
