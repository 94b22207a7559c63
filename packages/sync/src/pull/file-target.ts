import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { besidePath, flushFolder } from '../durable.ts'
import { refused } from '../error.ts'
import { takeLock } from './lock.ts'
import { KINDS, type Kind, type PullState, parseState } from './state.ts'
import type { PullTarget } from './target.ts'
import type { Window } from './windows.ts'

const STATE = 'state.json'
const BEGIN = 'begin.ndjson'
const WHOLE = 'whole.ndjson'
/** Locked by the process that is writing. */
const LOCK = 'lock.db'

/** The names that a pull gives its files, now or in older versions (`lock`); nothing else in the folder is touched. */
const OURS =
  /^(lock|state\.json|begin\.ndjson|whole\.ndjson|(staff|system)\.(first|[\d-]+)\.(last|[\d-]+)(\.\d+)?\.ndjson)(\.draft)?$/

/**
 * A bundle in a file. Until it is complete there is a folder `FILE.part` with one file per window, so that a pull that was killed
 * at any moment continues with the next window.
 *
 * @param path a regular file, or one that does not exist yet
 * @param restart whether to ignore what an unfinished pull has left
 */
export function openFileTarget(path: string, restart: boolean): PullTarget {
  const folder = besidePath(path, '.part')
  const unlock = takeFolder(folder)
  const statePath = join(folder, STATE)
  try {
    const isThere = !restart && existsSync(statePath)
    const state = isThere ? parseState(readFileSync(statePath, 'utf8')) : undefined
    return {
      state,
      refused: { count: 0, first: [] },
      begin: (lines) => writeWhole(join(folder, BEGIN), [lines]),
      take: (kind, window, lines) => writeWhole(join(folder, nameOf(kind, window)), lines),
      async keep(now) {
        const draft = `${statePath}.draft`
        writeFileSync(draft, JSON.stringify(now), { mode: 0o600, flush: true })
        renameSync(draft, statePath)
        flushFolder(folder)
        const kept = new Set([STATE, BEGIN, ...namesOf(now)])
        for (const name of ours(folder)) if (!kept.has(name)) rmSync(join(folder, name))
      },
      async finish(now) {
        const whole = join(folder, WHOLE)
        await pipeline(async function* () {
          for (const name of [BEGIN, ...namesOf(now)]) yield* createReadStream(join(folder, name))
        }, durable(whole))
        renameSync(whole, path)
        // Before what it was made of is removed.
        flushFolder(dirname(path))
        for (const name of ours(folder)) rmSync(join(folder, name))
      },
      [Symbol.asyncDispose]: async () => unlock(),
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Makes the folder, or takes over one that an earlier pull has left. Returns a function that gives it up again. */
function takeFolder(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw refused(
      `无法建立文件夹 ${folder}：请换一个 --out / cannot make the folder, choose another --out: ${(error as Error).message}`,
      error,
    )
  }
  const strange = readdirSync(folder).find((name) => name !== LOCK && !OURS.test(name))
  if (strange !== undefined) {
    throw refused(
      `文件夹 ${folder} 里有别的内容（${strange}）：请移走，或换一个 --out / holds something else: move it away, or choose another --out`,
    )
  }
  const release = takeLock(join(folder, LOCK))
  if (!release) {
    throw refused(
      '另一个 genjin pull 正在写这个文件：请等它结束 / another genjin pull is writing this file: wait for it',
    )
  }
  return () => {
    release()
    try {
      // Succeeds when the folder is empty: nothing was read yet, or the bundle is complete.
      rmdirSync(folder)
    } catch {
      // The windows that were read are needed to continue.
    }
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

type Lines = AsyncIterable<readonly string[]> | Iterable<readonly string[]>

/** Writes a file that appears complete or not at all, whatever happens. */
async function writeWhole(path: string, lines: Lines): Promise<void> {
  const draft = `${path}.draft`
  await pipeline(async function* () {
    for await (const some of lines) if (some.length > 0) yield `${some.join('\n')}\n`
  }, durable(draft))
  renameSync(draft, path)
  flushFolder(dirname(path))
}

/** A file that is flushed to the disk before it closes. */
function durable(path: string) {
  return createWriteStream(path, { mode: 0o600, flush: true })
}
