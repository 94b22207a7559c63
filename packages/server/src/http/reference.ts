import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { openapiDocument } from 'genjin-contract'

const FOLDER = new URL('./reference/', import.meta.url)

/** The pages (generated, see tools/docs/reference.ts) and what they load. */
const FILES = {
  '/docs': 'index.html',
  '/docs/': 'index.html',
  '/docs/en': 'index.en.html',
  '/docs/reference.css': 'reference.css',
  '/docs/reference.js': 'reference.js',
  '/docs/samples.js': 'samples.js',
  '/docs/json-text.js': 'json-text.js',
} as const

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' }

/** Nothing from outside the origin, nothing inline, no form that the browser sends by itself, in no frame. */
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** /openapi.json and the reference page /docs. */
export function registerReference(app: FastifyInstance): void {
  const document = openapiDocument()
  app.get('/openapi.json', async () => document)
  for (const [url, name] of Object.entries(FILES)) {
    const send = sender(name)
    app.get(url, (request, reply) => send(request, reply))
  }
}

/** Sends a file, compressed where the client takes it: a page has 300 kB, compressed 23 kB. */
function sender(name: string): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  const text = readFileSync(new URL(name, FOLDER))
  const type = `${TYPES[name.split('.').at(-1) as string]}; charset=utf-8`
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  let compressed: Promise<Buffer> | undefined
  return async (request, reply) => {
    reply.headers({
      'Content-Type': type,
      'Content-Security-Policy': SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-cache',
      Vary: 'Accept-Encoding',
      ETag: etag,
    })
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(text)
    compressed ??= promisify(gzip)(text, { level: 9 })
    return reply.header('Content-Encoding', 'gzip').send(await compressed)
  }
}
