import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** Linux counts in hundredths of a second on every machine that Node runs on. */
const TICK_MS = 10

/** CPU time that a process has used, all its threads; undefined where the system does not tell, or it has ended. */
export function cpuMs(pid: number): number | undefined {
  const file = `/proc/${pid}/stat`
  if (process.platform !== 'linux' || !existsSync(file)) return undefined
  // pid (name) state …: the name may hold anything, so count from its last bracket; user and system time are the
  // 12th and 13th after it.
  const stat = readFileSync(file, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
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
