import { ERRORS, OPERATIONS } from 'genjin-contract'
import { parseExact } from 'genjin-record'
import { writeDocs, writeSamples } from '../../tools/docs/files.ts'
import { runApiPages } from './api-pages.ts'
import { passkeyAnswers } from './passkey-answers.ts'
import { errorAnswers } from './provoke-errors.ts'

// Records the responses of the demo corp and writes docs/api and docs/errors from them: run it after adding an operation or
// changing a response or a message, and review what it changes.

/** Replaced in the samples: tokens and secrets look like a leak, even if their server no longer exists. */
const SECRET = /(gj[its]_)[\w.-]+/g

const none = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, null]))
writeDocs({ operations: none(OPERATIONS), errors: none(ERRORS) })
const pages = await runApiPages()
const samples = {
  operations: Object.fromEntries(
    [...pages.map(({ name, curl }) => [name, curl] as const), ...(await passkeyAnswers())].map(
      ([name, text]) => [name, parseExact(text.replace(SECRET, '$1…'))],
    ),
  ),
  errors: Object.fromEntries(await errorAnswers()),
}
writeSamples(samples)
writeDocs(samples)
