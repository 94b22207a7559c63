import type pg from 'pg'

/** The only place that uses pg's private field: the socket of a connection. */
interface Socket {
  write(...args: unknown[]): boolean
  cork(): void
  uncork(): void
  destroy(): void
}

function socketOf(client: pg.ClientBase): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream
}

/** Ends a connection without waiting for the other side, which may be down; pg's end() would wait. */
export function destroy(client: pg.ClientBase): void {
  socketOf(client).destroy()
}

/**
 * Sends the statements of one turn of the event loop in one packet: pg makes a system call per message, five for each
 * statement.
 */
export function corkWrites(client: pg.ClientBase): void {
  const socket = socketOf(client)
  const write = socket.write.bind(socket)
  let isCorked = false
  socket.write = (...args) => {
    if (!isCorked) {
      isCorked = true
      socket.cork()
      process.nextTick(() => {
        isCorked = false
        socket.uncork()
      })
    }
    return write(...args)
  }
}
