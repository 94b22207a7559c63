import { parentPort, workerData } from 'node:worker_threads'
import { StoreError } from '../../errors.ts'
import type { DriverTx } from '../port.ts'
import { Connection } from './sqlite-connection.ts'
import type { ThreadRequest, ThreadResponse } from './sqlite-reader.ts'

/** The code of ReaderThread: answers requests one after the other. */
const port = parentPort
if (!port) throw new Error('runs as a thread only')
const connection = new Connection(workerData as string, { readOnly: true, cacheKb: 4_000 })
let tx: DriverTx | undefined
let end = () => {}

function begin(): Promise<void> {
  return new Promise((resolve, reject) => {
    const untilEnd = (begun: DriverTx) => {
      tx = begun
      resolve()
      return new Promise<void>((resolveEnd) => {
        end = resolveEnd
      })
    }
    connection.transaction('BEGIN', untilEnd).catch(reject)
  })
}

async function answer({ what, text = '', values = [] }: ThreadRequest): Promise<unknown> {
  if (what === 'begin') return begin()
  if (what === 'end') return end()
  if (what === 'close') return connection.close()
  return tx?.[what](text, values)
}

port.on('message', async (request: ThreadRequest) => {
  let response: ThreadResponse
  try {
    response = { id: request.id, value: await answer(request) }
  } catch (error) {
    const kind = error instanceof StoreError ? error.kind : undefined
    response = { id: request.id, error: { kind, message: (error as Error).message } }
  }
  port.postMessage(response, 'value' in response ? bytesIn(response.value) : [])
  if (request.what === 'close') port.close()
})

/** Bytes of a row, which are handed over instead of copied. */
function bytesIn(value: unknown): ArrayBuffer[] {
  if (!Array.isArray(value)) return []
  return value.filter((column) => column instanceof Uint8Array).map(({ buffer }) => buffer as ArrayBuffer)
}
