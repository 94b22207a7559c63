import { writeFileSync } from 'node:fs'
import { clientSource } from './client-source.ts'

/** `npm run client`: writes the client's own text of the contract, which is checked in and compared by a test. */
writeFileSync(new URL('../../packages/client/src/operations.ts', import.meta.url), clientSource())
