import { ERRORS, OPERATIONS } from 'genjin-contract'
import { parseExact } from 'genjin-record'
import { writeDocs, writeSamples } from '../../tools/docs/files.ts'
import { runApiPages } from './api-pages.ts'
import { errorAnswers } from './provoke-errors.ts'

// Records the responses of the demo corp and writes docs/api and docs/errors from them: run it after adding an operation or
// changing a response or a message, and review what it changes.

/** Replaced in the samples: a token looks like a leak, even if its server no longer exists. */
const TOKEN = /gjt_[\w-]+/

const none = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, null]))
writeDocs({ operations: none(OPERATIONS), errors: none(ERRORS) })
const pages = await runApiPages()
const samples = {
  operations: Object.fromEntries(
    pages.map(({ name, curl }) => [name, parseExact(curl.replace(TOKEN, 'gjt_…'))]),
  ),
  errors: Object.fromEntries(await errorAnswers()),
}
writeSamples(samples)
writeDocs(samples)
