import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/**
 * What is still read, and dropped, of a request that was answered before all of it had come. Closing at once would reset the
 * connection, and a client that was still sending would see a broken pipe instead of the answer (10 of 10 with a 413).
 */
const LINGER = { bytes: 64 * 1024 * 1024, ms: 10_000, silentMs: 1_000 }
const LOOK_MS = 50

/** Connections that close when the rest of their last request has been dropped. */
const closing = new WeakSet<Socket>()

/** Whether the last answer of the connection has been sent: no other request of it is begun. */
export function isClosing(socket: Socket): boolean {
  return closing.has(socket)
}

/** To be called when an answer is about to be sent, wherever its request may still be on its way. */
export function dropRestOfBody(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request
  if (request.complete || response.destroyed || Object.hasOwn(socket, 'destroySoon')) return
  // Node calls it after an answer with Connection: close.
  socket.destroySoon = () => closing.add(socket)
  response.once('close', () => {
    drop(socket, request, () => {
      Reflect.deleteProperty(socket, 'destroySoon')
      // Without Connection: close the next request follows.
      if (isClosing(socket) || !request.complete) socket.destroySoon()
    })
  })
}

/** Closes a connection on which HTTP is no longer understood, when the client has sent the rest. */
export function closeAfterRest(socket: Socket): void {
  closing.add(socket)
  drop(socket, socket, () => socket.destroySoon())
}

/** Reads and drops until the end of `source`, or as much as LINGER allows. */
function drop(socket: Socket, source: Readable, onEnd: () => void): void {
  const deadline = performance.now() + LINGER.ms
  const mostRead = socket.bytesRead + LINGER.bytes
  let seen = { bytes: socket.bytesRead, at: performance.now() }
  // Bytes are looked at now and then: a listener for data takes the socket from Node's parser, which can leave it paused.
  const looks = setInterval(look, LOOK_MS)
  function look() {
    const now = performance.now()
    if (socket.bytesRead !== seen.bytes) seen = { bytes: socket.bytesRead, at: now }
    if (seen.bytes > mostRead || now > deadline || now - seen.at > LINGER.silentMs) end()
  }
  function end() {
    clearInterval(looks)
    source.off('end', end).off('close', end)
    onEnd()
  }
  if (source.readableEnded || source.destroyed) {
    end()
    return
  }
  source.unpipe()
  source.on('end', end).on('close', end).resume()
}
