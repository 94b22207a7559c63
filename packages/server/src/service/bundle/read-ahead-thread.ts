import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { LineReader, type ReaderState } from './lines.ts'

/** Where to continue; then the chunks, and that there are no more. */
export type ReadRequest = ReaderState | Uint8Array | 'end'

/** Tells the thread from any other that loads this file. */
export const READ_AHEAD = 'genjin: read ahead'

/** This file: imported by what starts the thread, it is in every package that needs it, whatever its ending there. */
export const SCRIPT = import.meta.url

if (parentPort && workerData === READ_AHEAD) serve(parentPort)

/** The code of ReadAhead: says that it is ready, then answers each chunk, and the end, with the lines that end there. */
function serve(port: MessagePort): void {
  let reader = new LineReader()
  port.on('message', (request: ReadRequest) => {
    if (request === 'end') {
      port.postMessage([...reader.end()])
    } else if (request instanceof Uint8Array) {
      port.postMessage([...reader.read(Buffer.from(request.buffer))])
    } else {
      reader = new LineReader(request)
    }
  })
  port.postMessage('ready')
}
