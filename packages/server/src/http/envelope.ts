import { ERRORS, type ErrorName } from 'genjin-contract'
import { toJson } from 'genjin-record'
import { RecordPage } from '../service/page.ts'
import { utf8 } from '../utf8.ts'

const END = ',"sub_code":"00000"}'

function startOf(msg: string): string {
  return `{"code":0,"msg":${JSON.stringify(msg)},"data":`
}

/** The text of a success (C2). `data` is JSON text. */
export function successText(msg: string, data: string): string {
  return startOf(msg) + data + END
}

/** Puts what a handler returned (see `Answer`) into the envelope of a success. */
export function successEnvelope(msg: string): (answer: unknown) => string | Buffer {
  const start = startOf(msg)
  return (answer) => {
    if (!(answer instanceof RecordPage)) {
      return start + (typeof answer === 'string' ? answer : toJson(answer)) + END
    }
    const before = `${start}{"total":${answer.total},"records":[`
    const behind = `]}${END}`
    const { records } = answer
    return utf8(before, Array.isArray(records) ? records.join(',') : (records as string | Uint8Array), behind)
  }
}

/** The text of a failure (C3). */
export function failureText(kind: ErrorName, msg: string): string {
  const { code, subCode } = ERRORS[kind]
  return JSON.stringify({ code, msg, data: null, sub_code: subCode })
}
