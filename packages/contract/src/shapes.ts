import type { TSchema } from 'typebox'
import * as accessToken from './access-token.ts'
import * as app from './app.ts'
import * as audit from './audit.ts'
import * as changeFeed from './change-feed.ts'
import * as dictionary from './dictionary.ts'
import * as directory from './directory.ts'
import * as follow from './follow.ts'
import * as followWrite from './follow-write.ts'
import * as legacyLists from './legacy-lists.ts'
import * as me from './me.ts'
import * as people from './people.ts'
import { PagingInput } from './schema.ts'

const EXPORTS: Readonly<Record<string, unknown>> = {
  ...accessToken,
  ...follow,
  ...followWrite,
  ...changeFeed,
  ...legacyLists,
  ...dictionary,
  ...directory,
  ...me,
  ...people,
  ...app,
  ...audit,
  PagingInput,
}

/** The objects of requests and responses that have a name, in OpenAPI and in clients: name → schema. */
export const SHAPES = Object.fromEntries(
  Object.entries(EXPORTS).filter(([, value]) => (value as { type?: string }).type === 'object'),
) as Readonly<Record<string, TSchema>>
