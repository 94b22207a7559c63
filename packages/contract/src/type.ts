import type { TSchema, Type as TypeBox } from 'typebox'

type Builders = Pick<typeof TypeBox, 'Array' | 'Null' | 'Object' | 'Optional' | 'Union' | 'Unsafe'>

/** Marks a property that may be left out. Copies of a schema keep it, JSON does not show it. */
const OPTIONAL = Symbol('optional')

/**
 * The six functions of TypeBox that the contract uses, with TypeBox's types. TypeBox itself takes 0.2 s to load (370 files),
 * more than everything else that a command loads; the plain JSON Schema that they return takes none.
 */
export const Type = {
  Array: (items: TSchema, options?: object) => ({ type: 'array', items, ...options }),
  Null: () => ({ type: 'null' }),
  Object: (properties: Record<string, TSchema>, options?: object) => {
    const required = Object.keys(properties).filter((key) => !(OPTIONAL in (properties[key] as object)))
    return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
  },
  Optional: (schema: TSchema) => ({ ...schema, [OPTIONAL]: true }),
  Union: (anyOf: readonly TSchema[], options?: object) => ({ anyOf, ...options }),
  Unsafe: (schema: TSchema) => schema,
} as unknown as Builders
