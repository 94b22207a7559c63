import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUNDLE_LINES, OPERATIONS, type Operation } from 'genjin-contract'
import type { TSchema } from 'typebox'
import { Type } from '../../../contract/src/type.ts'
import type { ServiceError } from '../errors.ts'
import { readerOf } from './read-value.ts'

interface Schema {
  readonly maxLength?: number
  readonly enum?: unknown
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

/** The texts with a limit inside a schema. */
function limited(schema: Schema): Schema[] {
  const inside = [...(schema.items ? [schema.items] : []), ...Object.values(schema.properties ?? {})]
  return [...(schema.maxLength && !schema.enum ? [schema] : []), ...inside.flatMap(limited)]
}

test('C8 every text limit of requests and bundles counts characters: emoji up to it, not one more', () => {
  const schemas = [
    ...(Object.values(OPERATIONS) as Operation[]).flatMap(({ body, query }) => body ?? query ?? []),
    ...Object.values(BUNDLE_LINES),
  ]
  const texts = schemas.flatMap((schema) => limited(schema as Schema))
  assert.ok(texts.length > 60)
  for (const text of texts) {
    const read = readerOf(Type.Object({ text: text as TSchema }), { emptyIsAbsent: true })
    const most = text.maxLength as number
    for (const character of ['x', '跟', '😀', '𠮷']) {
      assert.doesNotThrow(() => read({ text: character.repeat(most) }))
      const refusal = (error: ServiceError) =>
        error.kind === 'paramRange' && error.message.includes(` ${most + 1} 个字符，最多 ${most} 个`)
      assert.throws(() => read({ text: character.repeat(most + 1) }), refusal)
    }
  }
})
