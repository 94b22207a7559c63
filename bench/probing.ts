import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Probed } from './prober.ts'
import type { Child } from './sandbox.ts'

/** The script of a prober and its arguments. */
export function proberArgs(
  url: string,
  list?: { readonly path: string; readonly records: number },
): string[] {
  const script = fileURLToPath(new URL('./prober.ts', import.meta.url))
  return list ? [script, url, list.path, String(list.records)] : [script, url]
}

/** A prober that runs (prober.ts). */
export type Prober = ReturnType<typeof probing>

export function probing(child: Pick<Child, 'stdin' | 'stdout' | 'once'>) {
  const output = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = new Promise((resolve) => child.once('exit', resolve))
  return {
    /** What it saw since the last call. */
    async take(): Promise<Probed> {
      child.stdin.write('\n')
      const { value, done } = await output.next()
      if (done) throw new Error('the prober ended by itself')
      return JSON.parse(value) as Probed
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await exited
    },
  }
}
