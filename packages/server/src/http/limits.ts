import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Operation } from 'genjin-contract'
import { ByteBudget } from '../byte-budget.ts'
import { isClosing } from './linger.ts'

const MIB = 1024 * 1024
/** Longest body of an operation without limits of its own. */
export const BODY_BYTES = MIB
/** Bodies that are held at once: a company can send the longest of department/replace beside a few others. */
const BODIES = { most: 96 * MIB, mostOfCorp: 34 * MIB }
/** What a body of unknown length counts as. */
const CHUNKED_BYTES = 64 * 1024
/** Requests that wait on a connection behind the one that is being answered; then nothing more is read from it. */
const MOST_WAITING = 16
/** How long a client may take none of an answer. */
const STALLED_MS = 30_000

interface Line {
  readonly waiting: (() => void)[]
  isPaused: boolean
}

/**
 * A connection is answered one request at a time, and read no further while many wait: a client that sends and does not read
 * holds one answer, not all of them. One that takes none of an answer for STALLED_MS is disconnected.
 */
export function limitConnections(app: FastifyInstance): void {
  const lines = new WeakMap<Socket, Line>()
  function next(socket: Socket): void {
    const line = lines.get(socket)
    // After an answer with Connection: close there is no other.
    const isLast = isClosed(socket) || !socket.writable || isClosing(socket)
    const begin = isLast ? undefined : line?.waiting.shift()
    if (!line || !begin) {
      lines.delete(socket)
      return
    }
    if (line.isPaused && line.waiting.length < MOST_WAITING) {
      line.isPaused = false
      socket.resume()
    }
    // Not that of the answer before.
    socket.setTimeout(app.server.timeout)
    begin()
  }
  function pause(socket: Socket, line: Line): void {
    if (line.waiting.length < MOST_WAITING || isClosed(socket)) return
    line.isPaused = true
    socket.pause()
  }
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw
    if (isClosing(socket)) return
    const begin = () => {
      reply.raw.once('close', () => next(socket))
      done()
    }
    const line = lines.get(socket)
    if (!line) {
      lines.set(socket, { waiting: [], isPaused: false })
      begin()
      return
    }
    line.waiting.push(begin)
    // Later: Node reads on when it has parsed this request.
    if (line.waiting.length === MOST_WAITING) setImmediate(() => pause(socket, line))
  })
  app.addHook('onSend', (request, _reply, _payload, done) => {
    if (!isClosed(request.raw.socket)) request.raw.socket.setTimeout(STALLED_MS)
    done()
  })
}

/** Node takes the socket from a request whose connection has ended. */
export function isClosed(socket: Socket | null): boolean {
  return socket === null || socket.destroyed
}

/** Counts what is sent in `answers` until the client has taken it. */
export function countAnswers(app: FastifyInstance, answers: ByteBudget): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const bytes = Number(reply.getHeader('content-length') ?? lengthOf(payload))
    if (request.session && bytes > 0) holdUntilClosed(reply, answers, request.session.corp, bytes)
    done()
  })
}

/** Not when the connection has ended already: nothing would let them go. */
function holdUntilClosed(reply: FastifyReply, budget: ByteBudget, corp: number, bytes: number): void {
  if (!reply.raw.destroyed) reply.raw.once('close', budget.hold(corp, bytes))
}

function lengthOf(payload: unknown): number {
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0
}

/**
 * A hook, after the token is known and before the body is read, that refuses what would be too much for the company or in
 * all. The bytes are held until the answer is sent: what was read of them is as large.
 */
export function createBodyLimit(): (
  limits: Operation['limits'],
) => (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const bodies = new ByteBudget(BODIES)
  return (limits) => async (request, reply) => {
    const most = limits?.bytes ?? BODY_BYTES
    const length = request.headers['content-length']
    const isChunked = request.headers['transfer-encoding'] !== undefined
    const bytes = Math.min(most, isChunked ? CHUNKED_BYTES : Number(length ?? 0))
    const corp = request.session?.corp
    if (!(bytes > 0) || corp === undefined) return
    bodies.requireRoom(corp, bytes)
    holdUntilClosed(reply, bodies, corp, bytes)
  }
}
