import { once } from 'node:events'
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type WriteStream,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { ServiceError } from 'genjin-server'
import { write } from '../../../cli/src/io.ts'
import { outputOf } from '../../../cli/src/output.ts'
import { KINDS, type Kind, type PullState, parseState } from './state.ts'
import type { PullTarget } from './target.ts'
import type { Window } from './windows.ts'

const STATE = 'state.json'
const BEGIN = 'begin.ndjson'
const WHOLE = 'whole.ndjson'
/** Holds the pid of the process that is at work. */
const LOCK = 'lock'

/** Names that stand in a folder of ours; nothing else is touched. */
const OURS =
  /^(state\.json|begin\.ndjson|whole\.ndjson|(staff|system)\.(first|[\d-]+)\.(last|[\d-]+)(\.\d+)?\.ndjson)(\.draft)?$/

/**
 * A bundle in a file. Until it is whole there is a folder `FILE.part` instead, with a file for each window, so that a pull that
 * was cut off, at whatever moment, goes on with the next window.
 *
 * @param restart whether what an unfinished pull has left is of no interest
 */
export function openFileTarget(file: string, restart: boolean): PullTarget {
  const { path, isSpecial } = outputOf(file)
  if (isSpecial) {
    throw new ServiceError('paramInvalid', `--out ${file} 须为普通文件 / must be a regular file`)
  }
  const folder = `${path}.part`
  const unlock = takeFolder(folder)
  const statePath = join(folder, STATE)
  try {
    const isThere = !restart && existsSync(statePath)
    const state = isThere ? parseState(readFileSync(statePath, 'utf8')) : undefined
    return {
      state,
      refused: { count: 0, first: [] },
      begin: (lines) => writeWhole(join(folder, BEGIN), asyncOf(lines)),
      take: (kind, window, lines) => writeWhole(join(folder, nameOf(kind, window)), lines),
      async keep(now) {
        const draft = `${statePath}.draft`
        writeFileSync(draft, JSON.stringify(now), { mode: 0o600, flush: true })
        renameSync(draft, statePath)
        const kept = new Set([STATE, BEGIN, ...namesOf(now)])
        for (const name of ours(folder)) if (!kept.has(name)) rmSync(join(folder, name))
      },
      async finish(now) {
        const whole = join(folder, WHOLE)
        await writing(whole, async (out) => {
          for (const name of [BEGIN, ...namesOf(now)]) {
            for await (const chunk of createReadStream(join(folder, name))) await write(out, chunk)
          }
        })
        renameSync(whole, path)
        for (const name of ours(folder)) rmSync(join(folder, name))
      },
      [Symbol.asyncDispose]: async () => unlock(),
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Makes the folder, or takes one that an earlier pull has left, for this process alone. Answers what gives it up again. */
function takeFolder(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new ServiceError('paramInvalid', `文件夹 ${folder} 无法建立：${(error as Error).message}`)
  }
  const strange = readdirSync(folder).find((name) => name !== LOCK && !OURS.test(name))
  if (strange !== undefined) {
    throw new ServiceError(
      'paramInvalid',
      `文件夹 ${folder} 里有别的内容（${strange}）：请移走，或换一个 --out / holds something else: move it away, or choose another --out`,
    )
  }
  const lock = join(folder, LOCK)
  const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0
  if (pid !== process.pid && isAlive(pid)) {
    throw new ServiceError(
      'conflict',
      `另一个 genjin pull（进程 ${pid}）正在写这个文件：请等它结束 / another genjin pull is writing this file: wait for it`,
    )
  }
  writeFileSync(lock, String(process.pid), { mode: 0o600 })
  return () => {
    rmSync(lock, { force: true })
    try {
      // Gone when nothing is in it: nothing was read yet, or it is finished.
      rmdirSync(folder)
    } catch {
      // What is in it is needed to go on.
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function ours(folder: string): string[] {
  return readdirSync(folder).filter((name) => OURS.test(name))
}

function namesOf(state: PullState): string[] {
  return KINDS.flatMap((kind) => state.done[kind].map((window) => nameOf(kind, window)))
}

function nameOf(kind: Kind, { start = 'first', end = 'last', type }: Window): string {
  return `${kind}.${start}.${end}${type === undefined ? '' : `.${type}`}.ndjson`
}

async function* asyncOf(lines: readonly string[]): AsyncGenerator<readonly string[]> {
  yield lines
}

/** Writes a file so that it is there as a whole or not at all. */
async function writeWhole(path: string, lines: AsyncIterable<readonly string[]>): Promise<void> {
  const draft = `${path}.draft`
  await writing(draft, async (out) => {
    for await (const some of lines) if (some.length > 0) await write(out, `${some.join('\n')}\n`)
  })
  renameSync(draft, path)
  syncFolder(path)
}

/** Writes a file to the disk. */
async function writing(path: string, fn: (out: WriteStream) => Promise<void>): Promise<void> {
  const out = createWriteStream(path, { mode: 0o600, flush: true })
  // Told by the write that failed.
  out.on('error', () => {})
  try {
    await fn(out)
    out.end()
    await once(out, 'close')
    if (out.errored) throw out.errored
  } catch (error) {
    out.destroy()
    throw error
  }
}

/** A rename is on the disk when its folder is. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(join(path, '..'), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
