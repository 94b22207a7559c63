import { writeFileSync } from 'node:fs'
import { openapiDocument } from '../../packages/contract/src/openapi.ts'

/** `npm run openapi`: writes openapi.json, which is checked in and compared by a test. */
writeFileSync(
  new URL('../../packages/contract/openapi.json', import.meta.url),
  `${JSON.stringify(openapiDocument(), null, 2)}\n`,
)
