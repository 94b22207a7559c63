import type { Config, Core, OpenOptions } from 'genjin-server'
import {
  type Command,
  type CommandCall,
  EXIT,
  given,
  type Options,
  requireOption,
  type Text,
} from './command.ts'
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

/** What distinguishes the commands of one result. */
export interface DatabaseCommand {
  readonly options: Options
  /** Options that must be given. */
  readonly required?: readonly string[]
  /** Creates the database and its key file where there are none. */
  readonly create?: boolean
  /**
   * What Ctrl-C has left of a command that it ends at any moment. The others take milliseconds: they are ended before they change
   * anything, or not at all.
   */
  readonly interrupted?: Text
  result(core: Core, server: Server, call: CommandCall): Promise<Result>
}

/** A command that opens the database, prints one result and closes. */
export function databaseCommand(command: DatabaseCommand): Command {
  const { options, required = [], create = false, interrupted, result } = command
  return {
    options,
    interrupted: interrupted ?? UNCHANGED,
    async run(call) {
      const { signal, stdout } = call.io
      for (const name of required) requireOption(call, name)
      const server = await loadServer()
      const running = (async () => {
        await using core = await openDatabase(server, call, { create })
        signal.throwIfAborted()
        return await result(core, server, call)
      })()
      const { json, text, exit = EXIT.done } = await (interrupted ? orAborted(running, signal) : running)
      await write(stdout, call.json ? `${JSON.stringify(json)}\n` : text)
      return exit
    },
  }
}

const UNCHANGED: Text = { zh: '什么也没有改动', en: 'nothing was changed' }

/** The process ends then, and the database rolls the open transaction back. */
function orAborted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  running.catch(() => {})
  return Promise.race([
    running,
    new Promise<never>((_, reject) => {
      const abort = () => reject(signal.reason)
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
    }),
  ])
}
