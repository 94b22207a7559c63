import { once } from 'node:events'
import { createServer, Server as HttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'

/** A response; or none (hang), the connection closed before it (cut) or in the middle of it (half). */
export type Scripted =
  | { readonly status?: number; readonly headers?: object; readonly text?: string | Uint8Array }
  | 'hang'
  | 'cut'
  | 'half'

/** A server that gives one of these responses to each request in turn, and repeats the last. */
export async function scriptedServer(answers: readonly ((attempt: number) => Scripted)[]) {
  let requests = 0
  const server = createServer((request, response) => {
    request.resume()
    if (request.url?.includes('access_token?appid')) {
      response.end(
        '{"code":0,"msg":"ok","data":{"access_token":"t","expires_in":7200,"create_at":1},"sub_code":"00000"}',
      )
      return
    }
    const answer = answers[Math.min(requests, answers.length - 1)]?.(requests) ?? {}
    requests++
    if (answer === 'hang') return
    if (answer === 'cut') return void request.socket.destroy()
    if (answer === 'half') {
      const { text } = OK()
      response.writeHead(200, { 'Content-Length': text.length * 2 })
      response.write(text, () => setTimeout(() => request.socket.destroy(), 20))
      return
    }
    response.writeHead(answer.status ?? 200, { ...answer.headers })
    response.end(answer.text)
  })
  return { ...(await listening(server)), requests: () => requests }
}

/** The server's address, and credentials that it ignores. Disposing closes it. */
export async function listening(server: Server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...sideAt((server.address() as AddressInfo).port),
    [Symbol.asyncDispose]: async () => {
      if (server instanceof HttpServer) server.closeAllConnections()
      server.close()
    },
  }
}

export function sideAt(port: number) {
  return { url: `http://127.0.0.1:${port}`, credentials: { appid: 'a', app_secret: 'b' } }
}

/** An empty page. */
export const OK = () => ({
  text: '{"code":0,"msg":"请求成功","data":{"total":0,"records":[]},"sub_code":"00000"}',
})

export const refusal = (code: number, subCode: string) =>
  `{"code":${code},"msg":"不行","data":null,"sub_code":"${subCode}"}`
