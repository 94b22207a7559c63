import assert from 'node:assert/strict'

const SPIN_MS = 200

/** How much longer work takes because other programs have the machine too: 1 on a machine of its own. */
export function crowding(): number {
  const [started, used] = [performance.now(), process.cpuUsage()]
  const cpuMs = () => {
    const { user, system } = process.cpuUsage(used)
    return (user + system) / 1000
  }
  while (cpuMs() < SPIN_MS);
  return Math.max(1, (performance.now() - started) / cpuMs())
}

/** Asserts that something took at most so long, or would have on a machine that does nothing else. */
export function assertWithin(ms: number, mostMs: number, what: string): void {
  if (ms > mostMs) assert.ok(ms <= mostMs * crowding(), `${what}: ${ms} ms`)
}
