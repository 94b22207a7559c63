import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Longest that a connection is trusted while nothing comes on it. */
const IDLE_MS = 3_000
const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * An HTTP client on one connection that stays open, for one request at a time. As little as that takes: on a machine of two
 * cores a client that does more is what is measured (autocannon took half of the bare server's time).
 */
export class Client {
  readonly #url: string
  #socket: Socket
  /** When it was opened, or asked last. */
  #used = performance.now()
  #waiting: PromiseWithResolvers<Buffer> | undefined
  #chunks: Buffer[] = []
  #length = 0
  /** Bytes of the answer, head and body; unknown until the head is there. */
  #expected = Infinity
  #bodyStart = 0

  private constructor(url: string, socket: Socket) {
    this.#url = url
    this.#socket = socket
    this.#listen()
  }

  static async open(url: string): Promise<Client> {
    return new Client(url, await connected(url))
  }

  #listen(): void {
    const socket = this.#socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => {
      if (socket === this.#socket) this.#fail(new Error('the server closed the connection'))
    })
  }

  /** Answers the body. Throws unless the status is 200. */
  async ask(request: Buffer): Promise<Buffer> {
    if (performance.now() - this.#used > IDLE_MS) {
      // The server ends connections on which nothing comes: this process may have been busy with its reference.
      this.#socket.destroy()
      this.#socket = await connected(this.#url)
      this.#listen()
    }
    this.#used = performance.now()
    this.#waiting = Promise.withResolvers()
    this.#socket.write(request)
    return this.#waiting.promise
  }

  [Symbol.dispose](): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#expected === Infinity) this.#readHead()
    if (this.#length < this.#expected) return
    const whole = this.#whole()
    const body = whole.subarray(this.#bodyStart)
    const isOk = whole.toString('latin1', 9, 12) === '200'
    this.#chunks = []
    this.#length = 0
    this.#expected = Infinity
    if (isOk) this.#waiting?.resolve(body)
    else this.#fail(new Error(`HTTP ${whole.toString('utf8')}`))
  }

  #whole(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
  }

  #readHead(): void {
    const so = this.#whole()
    this.#chunks = [so]
    const end = so.indexOf(HEAD_END)
    if (end < 0) return
    const length = /\r\ncontent-length: *(\d+)/i.exec(so.toString('latin1', 0, end))?.[1]
    if (length === undefined) {
      this.#fail(new Error('an answer without Content-Length'))
      return
    }
    this.#bodyStart = end + HEAD_END.length
    this.#expected = this.#bodyStart + Number(length)
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}

async function connected(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** The bytes of a POST of JSON. */
export function postBytes(
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: bench', 'Content-Type: application/json']
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  return Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** The bytes of a GET. */
export function getBytes(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`)
}
