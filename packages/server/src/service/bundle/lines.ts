import { BUNDLE_LINE_BYTES } from 'genjin-contract'

/** A line of a file: its number from 1, and its bytes, or undefined when it is longer than a line may be. */
export interface FileLine {
  readonly number: number
  readonly bytes: Buffer | undefined
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** Splits a stream into lines in memory that does not grow with the file. Empty lines are left out. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileLine> {
  let number = 0
  let kept: Buffer[] = []
  let keptBytes = 0

  function take(end: Buffer): FileLine | undefined {
    number++
    const tooLong = keptBytes + end.length > BUNDLE_LINE_BYTES
    const bytes = tooLong ? undefined : trimmed(kept.length > 0 ? Buffer.concat([...kept, end]) : end)
    kept = []
    keptBytes = 0
    return bytes?.length === 0 ? undefined : { number, bytes }
  }

  for await (const chunk of chunks) {
    let start = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      const line = take(chunk.subarray(start, at))
      if (line) yield line
      start = at + 1
    }
    const rest = chunk.subarray(start)
    keptBytes += rest.length
    // The rest of a line that is too long is counted, not kept.
    if (keptBytes <= BUNDLE_LINE_BYTES) kept.push(Buffer.from(rest))
    else kept = []
  }
  if (keptBytes > 0) {
    const line = take(Buffer.alloc(0))
    if (line) yield line
  }
}

function trimmed(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line
}
