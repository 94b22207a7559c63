import { readSamples, writeDocs } from './files.ts'

/** `npm run docs`: writes docs/api, docs/errors and the table of docs/errors.md, which are checked in and compared. */
writeDocs(readSamples())
