import { ERROR_CODES, parseExact } from 'genjin-client'
import { type Difference, differencesOf, numberText, typeOf } from './exact-differences.ts'
import { differencesOfPages, isPage } from './pages.ts'
import type { DiffRequest } from './request.ts'

/** A response as it arrived. */
export interface RawAnswer {
  readonly status: number
  readonly text: string
}

type Envelope = Readonly<Record<string, unknown>>

/** Clients fetch a new token because of these: they have to be the same on every server. */
const TOKEN_CODES: readonly string[] = [
  ERROR_CODES.tokenUnknown,
  ERROR_CODES.tokenExpired,
  ERROR_CODES.tokenRevoked,
].map(String)

/** Where two responses to the same request differ. */
export function compareAnswers(request: DiffRequest, a: RawAnswer, b: RawAnswer): Difference[] {
  const [envelopeA, envelopeB] = [envelopeOf(a), envelopeOf(b)]
  if (!envelopeA || !envelopeB) return [...ofBroken(a, b, envelopeA, envelopeB)]
  const [acceptedA, acceptedB] = [isAccepted(envelopeA), isAccepted(envelopeB)]
  if (acceptedA !== acceptedB) {
    return [{ kind: 'refused', path: '', a: gist(envelopeA), b: gist(envelopeB) }]
  }
  if (!acceptedA) return [...ofRefusals(envelopeA, envelopeB)]
  const shape = request.operation === 'accessToken' ? shapeOf : (envelope: Envelope) => envelope
  const found = [...ofEnvelopes(shape(envelopeA), shape(envelopeB))]
  return a.status === b.status ? found : [{ kind: 'status', path: '', a: a.status, b: b.status }, ...found]
}

/** Undefined when the response does not have the protocol's form. */
export function envelopeOf({ text }: RawAnswer): Envelope | undefined {
  try {
    const value = parseExact(text)
    return typeOf(value) === 'object' && Object.hasOwn(value as object, 'code')
      ? (value as Envelope)
      : undefined
  } catch {
    return undefined
  }
}

/** Undefined when it was refused. */
export function dataOf(answer: RawAnswer): unknown {
  const envelope = envelopeOf(answer)
  return envelope && isAccepted(envelope) ? envelope.data : undefined
}

function isAccepted({ code }: Envelope): boolean {
  return codeText(code) === '0'
}

/** Whether the request's token was refused. */
export function isTokenRefusal({ code }: Envelope): boolean {
  return TOKEN_CODES.includes(codeText(code))
}

/** As programs see it that do not check its type. */
function codeText(code: unknown): string {
  return typeOf(code) === 'number' ? numberText(code as number) : String(code)
}

function* ofBroken(a: RawAnswer, b: RawAnswer, envelopeA?: Envelope, envelopeB?: Envelope) {
  if (!envelopeA && !envelopeB && a.status === b.status) return
  const shown = ({ status, text }: RawAnswer, envelope?: Envelope) =>
    envelope ? gist(envelope) : `HTTP ${status} ${text}`
  yield { kind: 'answer', path: '', a: shown(a, envelopeA), b: shown(b, envelopeB) } as const
}

/** The platform does not document its codes: only those about tokens have to be equal, and the others of the same type. */
function* ofRefusals(a: Envelope, b: Envelope): Generator<Difference> {
  const isToken = isTokenRefusal(a) || isTokenRefusal(b)
  if (isToken && codeText(a.code) !== codeText(b.code)) {
    yield { kind: 'token', path: 'code', a: gist(a), b: gist(b) }
  } else if (typeOf(a.code) !== typeOf(b.code)) {
    yield { kind: 'type', path: 'code', a: a.code, b: b.code }
  }
}

function* ofEnvelopes(a: Envelope, b: Envelope): Generator<Difference> {
  const { data: dataA, ...restA } = a
  const { data: dataB, ...restB } = b
  if (isPage(dataA) && isPage(dataB)) {
    yield* differencesOf(restA, restB, '')
    yield* differencesOfPages(dataA, dataB)
  } else {
    yield* differencesOf(a, b, '')
  }
}

/** What a response says beside its data. */
function gist({ code, msg, sub_code }: Envelope): unknown {
  return { code, msg, sub_code }
}

/** The types of the data instead of its values: tokens are secret, and never the same. */
function shapeOf(envelope: Envelope): Envelope {
  const { data } = envelope
  if (typeOf(data) !== 'object') return { ...envelope, data: typeOf(data) }
  const types = Object.entries(data as object).map(([key, value]) => [key, sampleOf(typeOf(value))])
  return { ...envelope, data: Object.fromEntries(types) }
}

function sampleOf(type: string): unknown {
  return type === 'number' ? 0 : type === 'null' ? null : type === 'string' ? '…' : [type]
}
