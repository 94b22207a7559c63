import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Reads a process's clock of CPU time now, of all its threads; the returned function answers what it has used since, in ms:
 * undefined where the system does not say, or when the process has ended. */
export function cpuSince(pid: number): () => number | undefined {
  const before = cpuMs(pid)
  return () => {
    const after = cpuMs(pid)
    return before === undefined || after === undefined ? undefined : after - before
  }
}

function cpuMs(pid: number): number | undefined {
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
