import { AnswerError, ApiError, ERROR_CODES } from 'genjin-client'

/** An app's id and its secret. */
export interface Credentials {
  readonly appid: string
  readonly app_secret: string
}

/** Requests for pages in flight at once. */
export const CONCURRENCY = 4

/** Undefined where the server does not have the operation: the platform lacks those that genjin adds. */
export async function unlessLacking<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (lacksOperation(error)) return undefined
    throw error
  }
}

function lacksOperation(error: unknown): boolean {
  if (error instanceof AnswerError) return error.status === 404 || error.status === 405
  return error instanceof ApiError && (error.code === ERROR_CODES.pathUnknown || error.status === 404)
}
