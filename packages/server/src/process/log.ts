import { pino } from 'pino'
import type { LogLevel } from './config.ts'

export type Log = pino.Logger

export interface LogTarget {
  write(line: string): void
}

/**
 * The log: one JSON object a line, each with the fields of `base`. Every line passes `maskSecrets` last, so that no caller
 * can forget it; URLs are logged without their query in the first place.
 */
export function createLog(level: LogLevel, target: LogTarget, base?: Record<string, unknown>): Log {
  return pino(
    { level, base, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite: maskSecrets } },
    target,
  )
}

const SECRET =
  /gj[tswi]_[\w.-]+|((?:postgres(?:ql)?:\/\/[^\s:@/]*:))[^\s@]+(?=@)|((?:access_token|app_secret|authorization)["\\]*\s*[=:]\s*["\\]*(?:Bearer\s+)?)[^&\s"'\\,}]+/gi

/** Replaces tokens and secrets: genjin's own by their form, any others by the name in front of them. */
export function maskSecrets(text: string): string {
  return text.replace(
    SECRET,
    (_whole, user: string | undefined, name: string | undefined) => `${user ?? name ?? ''}***`,
  )
}
