import { pino } from 'pino'
import type { LogLevel } from './config.ts'

export type Log = pino.Logger

/** Where lines go. */
export interface LogTarget {
  write(line: string): void
}

/**
 * The log: one JSON object a line, each with the fields of `base`. Whatever is written passes `maskSecrets` as the last step, whoever wrote it; URLs are
 * logged without their query in the first place.
 */
export function createLog(level: LogLevel, target: LogTarget, base?: Record<string, unknown>): Log {
  return pino(
    { level, base, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite: maskSecrets } },
    target,
  )
}

const SECRET =
  /gj[ts]_[\w-]+|((?:postgres(?:ql)?:\/\/[^\s:@/]*:))[^\s@]+(?=@)|((?:access_token|app_secret|authorization)["\\]*\s*[=:]\s*["\\]*(?:Bearer\s+)?)[^&\s"'\\,}]+/gi

/** A text with tokens and secrets taken out, whether ours by their form or anyone's by the name before them. */
export function maskSecrets(text: string): string {
  return text.replace(
    SECRET,
    (_whole, user: string | undefined, name: string | undefined) => `${user ?? name ?? ''}***`,
  )
}
