import { toJson } from 'genjin-client'
import { OPERATIONS, type Operation } from 'genjin-contract'

/** The platform's documented operations that read lists. */
export const LISTS = [
  'followList',
  'followListForSystem',
  'customerFollowList',
  'opportunityFollowList',
  'staffList',
] as const
export type ListName = (typeof LISTS)[number]

export type Params = Record<string, unknown>

/** One request as it is sent to both sides. */
export interface DiffRequest {
  readonly operation: ListName | 'accessToken'
  readonly params: Params
  /** Sent without a token, or with one that was never issued. */
  readonly token?: 'none' | 'unknown'
}

export const UNKNOWN_TOKEN = 'genjin-diff-unknown-token'

export function operationOf({ operation }: Pick<DiffRequest, 'operation'>): Operation {
  return OPERATIONS[operation]
}

/** The parameters as the query of a GET; null and [] become empty. */
export function queryOf(params: Params): URLSearchParams {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(params)) query.set(key, queryText(value))
  return query
}

function queryText(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return ''
  return typeof value === 'string' ? value : toJson(value)
}

/** What is sent, without token and secrets: the address, and the body of a POST below it. */
export function requestLines(request: DiffRequest): string[] {
  const { method, path } = operationOf(request)
  if (request.operation === 'accessToken') return [`${method} ${path}`]
  const query = method === 'GET' ? queryOf(request.params) : new URLSearchParams()
  if (request.token === 'unknown') query.set('access_token', UNKNOWN_TOKEN)
  const address = `${method} ${path}${query.size > 0 ? `?${query}` : ''}`
  const line = request.token === 'none' ? `${address}（不带凭证 / without a token）` : address
  return method === 'GET' ? [line] : [line, toJson(request.params)]
}
