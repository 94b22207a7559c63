/**
 * The text of a small file that a person or a shell has written: UTF-8 with or without a BOM, and UTF-16 with one, as the
 * `>` of Windows PowerShell writes it. Bytes that are no text become U+FFFD.
 */
export function fileText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes)
}

/** By the BOM; the decoder drops it. */
export function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return 'utf-8'
}
