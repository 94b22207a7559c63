import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { listening } from './scripted-server.ts'

/** A request as it came, without token and secret. */
export interface SeenRequest {
  readonly path: string
  readonly query: string
  readonly body: string
}

export interface Answered {
  readonly status: number
  readonly text: string
}

/** An HTTP proxy that can change the server's responses. */
export interface AnswerProxy extends AsyncDisposable {
  readonly url: string
  /** All requests so far, in their order. */
  readonly seen: readonly SeenRequest[]
}

/** @param alter makes the response out of the server's */
export async function startAnswerProxy(
  target: string,
  alter: (answer: Answered, request: SeenRequest, url: string) => Answered = (answer) => answer,
): Promise<AnswerProxy> {
  const seen: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const asked = seenOf(request, body)
    seen.push(asked)
    const answer = await passedOn(target, request, body)
    const { status, text: altered } = alter(answer, asked, request.url ?? '')
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(altered)
  })
  return { ...(await listening(server)), seen }
}

function seenOf({ url }: IncomingMessage, body: string): SeenRequest {
  const { pathname, searchParams } = new URL(url ?? '', 'http://proxy')
  searchParams.delete('access_token')
  searchParams.delete('app_secret')
  return { path: pathname, query: String(searchParams), body }
}

async function passedOn(target: string, { url, method }: IncomingMessage, body: string): Promise<Answered> {
  const response = await fetch(target + url, {
    method,
    ...(method === 'POST' && { body, headers: { 'Content-Type': 'application/json' } }),
  })
  return { status: response.status, text: await response.text() }
}
