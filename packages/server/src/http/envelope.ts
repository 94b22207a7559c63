import { ERRORS, type ErrorName } from 'genjin-contract'

/** The answer's text (C2). `data` is JSON text already. */
export function successText(msg: string, data: string): string {
  return startOf(msg) + data + END
}

/** The same as bytes, of `data` in three parts, the middle one being bytes already where the database had them so. */
export function successBytes(
  msg: string,
): (start: string, middle: string | Uint8Array, end: string) => Buffer {
  const before = startOf(msg)
  return (start, middle, end) =>
    typeof middle === 'string'
      ? Buffer.from(before + start + middle + end + END)
      : Buffer.concat([Buffer.from(before + start), middle, Buffer.from(end + END)])
}

function startOf(msg: string): string {
  return `{"code":0,"msg":${JSON.stringify(msg)},"data":`
}

const END = ',"sub_code":"00000"}'

/** A failure's text (C3). */
export function failureText(kind: ErrorName, msg: string): string {
  const { code, subCode } = ERRORS[kind]
  return JSON.stringify({ code, msg, data: null, sub_code: subCode })
}
