import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'

/**
 * The cookie of a session. Where the connection is secure it has the prefix `__Host-`, so that no other host of the domain can
 * set it; browsers take localhost for secure.
 */
const SECURE = '__Host-genjin'
const PLAIN = 'genjin'

/**
 * Whether the browser takes the connection for a secure one.
 *
 * @param url GENJIN_URL: a proxy may hide that it is
 */
export function isSecure(request: FastifyRequest, url: string | undefined): boolean {
  return request.protocol === 'https' || url?.startsWith('https:') === true || isLocal(hostnameOf(request))
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || LOOPBACK.test(hostname)
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\])$/

function hostnameOf(request: FastifyRequest): string {
  return (request.host ?? '').replace(/:\d+$/, '').toLowerCase()
}

export function sessionCookieOf(request: FastifyRequest, url: string | undefined): string | undefined {
  return cookieOf(request, isSecure(request, url) ? SECURE : PLAIN)
}

export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const { cookie } = request.headers
  return cookie === undefined ? undefined : parseCookie(cookie)[name]
}

const SESSION_SECONDS = 30 * 24 * 3600

/** Gives the browser a session, or takes it away. */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  url: string | undefined,
  value: string | undefined,
): void {
  const secure = isSecure(request, url)
  setCookie(reply, secure ? SECURE : PLAIN, value, secure, SESSION_SECONDS)
}

/** @param value undefined: the cookie is removed */
export function setCookie(
  reply: FastifyReply,
  name: string,
  value: string | undefined,
  secure: boolean,
  maxAge: number,
): void {
  const cookie = stringifySetCookie({
    name,
    value: value ?? '',
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    maxAge: value === undefined ? 0 : maxAge,
  })
  const set = reply.getHeader('set-cookie')
  reply.header('set-cookie', set === undefined ? cookie : [set, cookie].flat().map(String))
}

/**
 * Throws forbidden unless the request comes from a page of this server itself (P7). Browsers say so in Sec-Fetch-Site; those that
 * do not, and plain http, in Origin. A GET without either changes nothing, and other sites cannot read its answer.
 */
export function requireSameSite(request: FastifyRequest, url: string | undefined): void {
  const { 'sec-fetch-site': site, origin } = request.headers
  const isOwn =
    site !== undefined
      ? site === 'same-origin' || (site === 'none' && request.method === 'GET')
      : origin === undefined
        ? request.method === 'GET'
        : URL.canParse(origin) && [request.host, url && new URL(url).host].includes(new URL(origin).host)
  if (!isOwn) {
    throw new ServiceError('forbidden', '请求来自其他网站：登录只能由本站的页面使用，程序请用 access_token')
  }
}

/**
 * The origin of the page that asks, where it is one of this server.
 *
 * @param url GENJIN_URL
 */
export function pageOf(request: FastifyRequest, url: string | undefined): string | undefined {
  if (url !== undefined) return new URL(url).origin
  const { origin } = request.headers
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host
    ? origin
    : undefined
}
