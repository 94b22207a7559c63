import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepartmentTree } from './department-tree.ts'

const department = (id: bigint, parentId: bigint | null) => ({ id, parentId, name: 'd', order: null })

/** Deterministic numbers below `most`. */
function drawing(seed: number): (most: number) => number {
  let state = seed
  return (most) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % most
  }
}

test('whether a move closes a cycle is what following every parent says', () => {
  const draw = drawing(1)
  for (let round = 0; round < 200; round++) {
    const parents = new Map<bigint, bigint | null>()
    const tree = new DepartmentTree([])
    for (let step = 0; step < 40; step++) {
      const id = BigInt(draw(8))
      const parentId = draw(5) === 0 ? null : BigInt(draw(8))
      const above = new Set<bigint>()
      for (let one = parentId; one != null; one = parents.get(one) ?? null) above.add(one)
      assert.equal(tree.wouldCycle(id, parentId), above.has(id))
      if (above.has(id)) continue
      parents.set(id, parentId)
      tree.place(id, parentId)
    }
  }
})

test('a cycle that is there already is no reason to follow it forever', () => {
  const tree = new DepartmentTree([department(1n, 2n), department(2n, 1n), department(4n, 3n)])
  assert.equal(tree.wouldCycle(3n, 1n), false)
})

test('a chain of 30,000 departments, in either order, follows no parent twice', () => {
  for (const upwards of [false, true]) {
    const tree = new DepartmentTree([])
    const started = performance.now()
    for (let at = 1; at < 30_000; at++) {
      const id = BigInt(upwards ? 30_000 - at : at)
      assert.equal(tree.wouldCycle(id, id - 1n), false)
      tree.place(id, id - 1n)
    }
    assert.ok(performance.now() - started < 2_000)
  }
})
