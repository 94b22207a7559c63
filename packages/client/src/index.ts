/** The public surface of the client of genjin and of 企微管家, whose protocol genjin speaks. */
export {
  Checksum,
  isRawNumber,
  lineChecksum,
  parseExact,
  type RawNumber,
  recordLine,
  toJson,
  wholeRecordLine,
} from 'genjin-record'
export { ChangeFeed } from './change-feed.ts'
export {
  type CallOptions,
  type ClientOptions,
  type FeedOptions,
  GenjinClient,
  type ListOptions,
  type WriteOptions,
} from './client.ts'
export { AnswerError, ApiError, GenjinError, NetworkError, TimeoutError } from './errors.ts'
export { Listing } from './listing.ts'
export type * from './operations.ts'
export { ERROR_CODES } from './operations.ts'
export { DEFAULT_RETRY, type RetryPolicy } from './retry.ts'
