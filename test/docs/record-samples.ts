import { ERRORS, OPERATIONS } from 'genjin-contract'
import { parseExact, writeDocs, writeSamples } from '../../tools/docs/files.ts'
import { runApiPages } from './api-pages.ts'
import { errorAnswers } from './provoke-errors.ts'

// Writes the pages of docs/api and docs/errors with what the demo company answers now: to be run after an operation was
// added, or an answer or a message changed. What it changes is for somebody to look at.

/** A token, even one of a server that is gone, looks like a leak to everybody who sees it. */
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
