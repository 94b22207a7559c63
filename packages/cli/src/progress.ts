import type { Io } from './io.ts'

export type Progress = ReturnType<typeof startProgress>

/** Shortest time between two drawings. */
const DRAW_MS = 100

/**
 * A bar on a terminal; nothing elsewhere.
 *
 * @param total what `done` will reach; undefined when not known
 * @param unit what `done` counts; `B` is shown in MB
 * @param isHidden for a terminal that shows something else
 */
export function startProgress(
  io: Io,
  label: string,
  total: number | undefined,
  unit: 'B' | 'rows' | 'requests',
  isHidden = false,
) {
  const isDrawn = io.stderr.isTTY === true && !isHidden
  const started = io.environment.now()
  let drawn = 0
  /** Where a continued pull began: what was done before does not count for the rate. */
  let base: number | undefined
  return {
    /** @param ofTotal unless it is that of `startProgress` */
    update(done: number, ofTotal = total): void {
      base ??= ofTotal === undefined || ofTotal === total ? 0 : done
      const now = io.environment.now()
      if (!isDrawn || now - drawn < DRAW_MS) return
      drawn = now
      const rate = (done - base) / Math.max((now - started) / 1000, 0.001)
      io.stderr.write(`\r\x1b[K${line(label, done, ofTotal, unit, rate)}`)
    },
    end(): void {
      if (isDrawn) io.stderr.write('\r\x1b[K')
    },
  }
}

function line(label: string, done: number, total: number | undefined, unit: string, rate: number): string {
  const speed = `${amount(done, unit)} · ${amount(rate, unit)}/s`
  if (total === undefined || total === 0) return `${label} ${speed}`
  const share = Math.min(done / total, 1)
  const filled = Math.round(share * 20)
  const bar = '█'.repeat(filled) + '░'.repeat(20 - filled)
  return `${label} ${bar} ${(share * 100).toFixed(0).padStart(3)}% ${speed} · 剩余 ${left(total - done, rate)}`
}

function amount(value: number, unit: string): string {
  if (unit !== 'B') return `${Math.round(value)} ${unit === 'requests' ? '次' : '行'}`
  return `${(value / 1024 / 1024).toFixed(1)} MB`
}

function left(rest: number, rate: number): string {
  const seconds = Math.max(0, Math.ceil(rest / Math.max(rate, 0.001)))
  return seconds >= 60 ? `${Math.floor(seconds / 60)}m${seconds % 60}s` : `${seconds}s`
}
