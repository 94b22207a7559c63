import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** CPU time that a process has used, all its threads; undefined where the system does not say, or when the process has ended. */
export function cpuMs(pid: number): number | undefined {
  const folder = `/proc/${pid}/task`
  if (process.platform !== 'linux' || !existsSync(folder)) return undefined
  let ns = 0
  for (const task of readdirSync(folder)) ns += taskNs(`${folder}/${task}/schedstat`)
  return ns / 1e6
}

/** A thread can end between being listed and being read. */
function taskNs(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0])
  } catch {
    return 0
  }
}

/** CPU time that all processes have used, on all cores. */
export function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

/** CPU time that this process has used. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** CPU time that was used during a stretch. */
export interface CpuUse {
  readonly serverMs: number
  /** By everything that is no part of the bench. */
  readonly othersMs: number
}

/** Reads the clocks now; the returned function reads them again and answers the difference. */
export function startCpuUse(pid: number): () => CpuUse | undefined {
  const read = () => ({ server: cpuMs(pid), own: ownCpuMs(), machine: machineCpuMs() })
  const before = read()
  return () => {
    const after = read()
    if (before.server === undefined || after.server === undefined) return undefined
    const serverMs = after.server - before.server
    const othersMs = after.machine - before.machine - serverMs - (after.own - before.own)
    return { serverMs, othersMs: Math.max(0, othersMs) }
  }
}
