import { Transform, type TransformCallback } from 'node:stream'
import { JsonError, MAX_DEPTH, MAX_VALUES, tooManyValues } from '../json.ts'

/** Different keys in a body, at most: the fields of an operation are some tens. */
const MAX_KEYS = 10_000

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN_LIST, OPEN_OBJECT, CLOSE_LIST, CLOSE_OBJECT] =
  Buffer.from('"\\,:[{]}')

/**
 * Passes on the JSON of a large body, and fails as soon as it is seen to be nested too deep, to have too many values, or too
 * many different keys, which take a parser long: it is refused before it is there.
 */
export class BodyScan extends Transform {
  /** For Fastify, which compares it with Content-Length. */
  receivedEncodedLength = 0
  readonly #keys = new Set<number>()
  #depth = 0
  #values = 0
  #inString = false
  #isEscaped = false
  /** A hash of the string that was read last: it is a key if a colon follows. */
  #hash = 0

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.receivedEncodedLength += chunk.length
    try {
      this.#scan(chunk)
    } catch (error) {
      done(error as Error)
      return
    }
    done(null, chunk)
  }

  #scan(chunk: Buffer): void {
    for (const byte of chunk) {
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) this.#isEscaped = true
        else if (byte === QUOTE) this.#inString = false
        this.#hash = (Math.imul(this.#hash, 31) + byte) | 0
      } else if (byte === QUOTE) {
        this.#inString = true
        this.#hash = 0
      } else if (byte === COLON) {
        this.#keys.add(this.#hash)
        if (this.#keys.size > MAX_KEYS) {
          throw new JsonError('limit', `超过 ${MAX_KEYS} 个不同的字段名：请只传接口文档中的字段`)
        }
      } else if (byte === COMMA) {
        if (++this.#values > MAX_VALUES) throw tooManyValues()
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        if (++this.#depth > MAX_DEPTH) throw new JsonError('limit', `嵌套超过 ${MAX_DEPTH} 层`)
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        this.#depth--
      }
    }
  }
}
