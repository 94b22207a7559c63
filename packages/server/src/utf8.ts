/** A text, or its UTF-8. */
export type Text = string | Uint8Array

/** Its UTF-8; bytes are not copied. */
export function bufferOf(text: Text): Buffer {
  return typeof text === 'string'
    ? Buffer.from(text)
    : Buffer.from(text.buffer, text.byteOffset, text.byteLength)
}

const SCRATCH_BYTES = 1024 * 1024
let scratch: Buffer | undefined

/**
 * Texts and bytes, one behind the other, as bytes. They are encoded in one place and copied: 80 kB of Chinese take 88 µs
 * and a copy; with Buffer.from, which looks at a text twice, 170; and in a buffer for three bytes a unit three times the
 * memory.
 */
export function utf8(...parts: readonly Text[]): Buffer {
  // No UTF-16 unit takes more than three bytes.
  const most = parts.reduce((sum, part) => sum + (typeof part === 'string' ? 3 : 1) * part.length, 0)
  if (most > SCRATCH_BYTES) return Buffer.concat(parts.map(bufferOf))
  scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  let length = 0
  for (const part of parts) {
    if (typeof part === 'string') length += scratch.write(part, length)
    else {
      scratch.set(part, length)
      length += part.length
    }
  }
  return Buffer.from(scratch.subarray(0, length))
}
