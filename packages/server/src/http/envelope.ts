import { ERRORS, type ErrorName } from 'genjin-contract'
import { toJson } from 'genjin-record'
import { RecordPage } from '../service/page.ts'
import { bufferOf, utf8 } from '../utf8.ts'

const END = ',"sub_code":"00000"}'

function startOf(msg: string): string {
  return `{"code":0,"msg":${JSON.stringify(msg)},"data":`
}

/** The text of a success (C2). `data` is JSON text. */
export function successText(msg: string, data: string): string {
  return startOf(msg) + data + END
}

/** What is sent: a text, its UTF-8, or, where that is long, pieces of it, one behind the other. */
export type Payload = string | Buffer | readonly Buffer[]

/** Longer pages are not copied into one piece. */
const ONE_PIECE = 4 * 1024 * 1024

/** Puts what a handler returned (see `Answer`) into the envelope of a success. */
export function successEnvelope(msg: string): (answer: unknown) => Payload {
  const start = startOf(msg)
  return (answer) => {
    if (!(answer instanceof RecordPage)) {
      return start + (typeof answer === 'string' ? answer : toJson(answer)) + END
    }
    const parts = [`${start}{"total":${answer.total},"records":[`, ...answer.texts, `]}${END}`]
    const length = answer.texts.reduce((sum, text) => sum + text.length, 0)
    return length > ONE_PIECE ? parts.map(bufferOf) : utf8(...parts)
  }
}

/** Longer paths are not repeated: they come from keys of the request that nobody knows. */
const FIELD_LENGTH = 512

/**
 * The text of a failure (C3).
 *
 * @param field path of the parameter at fault: `page_size`, `records[3].follow_time`
 */
export function failureText(kind: ErrorName, msg: string, field?: string): string {
  const { code, subCode } = ERRORS[kind]
  const named = field !== undefined && field.length <= FIELD_LENGTH ? { field } : {}
  return JSON.stringify({ code, msg, data: null, sub_code: subCode, ...named })
}
