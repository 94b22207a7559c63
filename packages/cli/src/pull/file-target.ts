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
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { ServiceError } from 'genjin-server'
import { write } from '../io.ts'
import type { Window } from '../windows.ts'
import { KINDS, type Kind, type PullState } from './state.ts'
import type { PullTarget } from './target.ts'

const STATE = 'state.json'
const BEGIN = 'begin.ndjson'
const WHOLE = 'whole.ndjson'

/**
 * A bundle in a file. Until it is whole there is a folder `FILE.part` instead, with a file for each window, so that a pull that
 * was cut off, at whatever moment, goes on with the next window.
 */
export function openFileTarget(file: string): PullTarget {
  const folder = `${file}.part`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new ServiceError('paramInvalid', `文件 ${file} 无法写入:${(error as Error).message}`)
  }
  const statePath = join(folder, STATE)
  const state = existsSync(statePath) ? (JSON.parse(readFileSync(statePath, 'utf8')) as PullState) : undefined
  return {
    state,
    refused: { count: 0, first: [] },
    begin: (lines) => writeWhole(join(folder, BEGIN), asyncOf(lines)),
    take: (kind, window, lines) => writeWhole(join(folder, nameOf(kind, window)), lines),
    async keep(now) {
      const path = `${statePath}.draft`
      writeFileSync(path, JSON.stringify(now), { mode: 0o600, flush: true })
      renameSync(path, statePath)
      const names = new Set(namesOf(now))
      for (const name of readdirSync(folder)) {
        if (name !== STATE && name !== BEGIN && !names.has(name)) rmSync(join(folder, name))
      }
    },
    async finish(now) {
      const whole = join(folder, WHOLE)
      const out = createWriteStream(whole, { mode: 0o600, flush: true })
      for (const name of [BEGIN, ...namesOf(now)]) {
        for await (const chunk of createReadStream(join(folder, name))) await write(out, chunk)
      }
      out.end()
      await once(out, 'close')
      renameSync(whole, file)
      rmSync(folder, { recursive: true })
    },
    [Symbol.asyncDispose]: async () => {},
  }
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
  const stream = createWriteStream(draft, { mode: 0o600, flush: true })
  try {
    for await (const some of lines) if (some.length > 0) await write(stream, `${some.join('\n')}\n`)
    stream.end()
    await once(stream, 'close')
  } catch (error) {
    stream.destroy()
    throw error
  }
  renameSync(draft, path)
  syncFolder(path)
}

/** A rename is on the disk when its folder is. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(join(path, '..'), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
