import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Layout } from './custom-columns.ts'

const EMPTY = new Layout([], 'Asia/Shanghai', true)

function columnsFor(keys: string[]): string[] {
  return EMPTY.withKeys(keys).layout.columns.map(({ column }) => column)
}

test('a column is named after its key; what is too long or taken gets a mark of its own', () => {
  const long = '键'.repeat(100)
  const columns = columnsFor(['price', '价格', 'map', 'a', 'A', `${long}1`, `${long}2`, ''])
  assert.deepEqual(columns.slice(0, 2), ['field_price', 'field_价格'])
  assert.match(columns[2] as string, /^field_map_[0-9a-f]{8}$/)
  assert.match(columns[4] as string, /^field_A_[0-9a-f]{8}$/)
  for (const column of columns) assert.ok(Buffer.byteLength(column) <= 63, column)
  assert.equal(new Set(columns.map((column) => column.toLowerCase())).size, columns.length)
})

test('a key cannot take the name that another one was given', () => {
  const [, marked] = columnsFor(['a', 'A'])
  const columns = columnsFor(['a', 'A', (marked as string).slice('field_'.length)])
  assert.equal(new Set(columns).size, 3)
})

test('100 columns for keys without a definition, 200 for defined ones', () => {
  const keys = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`)
  const appeared = EMPTY.withKeys(keys('k', 500)).layout
  assert.equal(appeared.columns.length, 100)
  const fields = keys('d', 250).map((key) => ({ key, name: key, type: 'text' as const, options: null }))
  const defined = appeared.defined(fields, 'Asia/Shanghai').layout
  assert.equal(defined.columns.length, 300)
  assert.equal(defined.withKeys(['more']).layout, defined)
})

test('what has to be done for a change of definitions', () => {
  const field = { key: 'a', name: '甲', type: 'single' as const, options: [{ id: '1', name: '一' }] }
  const when = { key: 'b', name: '乙', type: 'datetime' as const, options: null }
  const { layout, added, rewritten } = EMPTY.defined([field, when], 'Asia/Shanghai')
  assert.deepEqual([added.length, rewritten.length], [2, 2])
  const told = (fields: Parameters<Layout['defined']>[0], zone = 'Asia/Shanghai') => {
    const change = layout.defined(fields, zone)
    return [change.added, change.retyped, change.renamed, change.rewritten].map((list) => list.length)
  }
  assert.deepEqual(told([field, when]), [0, 0, 0, 0])
  assert.deepEqual(told([]), [0, 0, 0, 0])
  assert.deepEqual(told([{ ...field, name: '丙' }]), [0, 0, 1, 0])
  assert.deepEqual(told([{ ...field, options: [{ id: '1', name: '壹' }] }]), [0, 0, 0, 1])
  assert.deepEqual(told([{ ...field, type: 'multi' }]), [0, 0, 0, 1])
  assert.deepEqual(told([{ ...field, type: 'number', options: null }]), [0, 1, 0, 1])
  assert.deepEqual(told([field, when], 'UTC'), [0, 0, 0, 1])
})
