import type { Department } from '../../store/directory.ts'

/** Departments and their parents, to find out whether a change would close a cycle. A parent may be missing. */
export class DepartmentTree {
  readonly #parents = new Map<bigint, bigint | null>()
  /** How many departments have this parent. */
  readonly #children = new Map<bigint, number>()

  constructor(departments: readonly Department[]) {
    for (const { id, parentId } of departments) this.place(id, parentId)
  }

  /** Whether `id` would be its own ancestor below this parent. */
  wouldCycle(id: bigint, parentId: bigint | null): boolean {
    if (parentId === null || this.#parents.get(id) === parentId) return false
    if (id === parentId) return true
    // Without children it is above nothing: so a chain of departments, parents first, is not followed again for each.
    if (!this.#children.has(id)) return false
    let above: bigint | null | undefined = parentId
    // No more steps than departments: should there be a cycle already, `id` may not be part of it.
    for (let left = this.#parents.size; left >= 0 && above != null; left--) {
      if (above === id) return true
      above = this.#parents.get(above)
    }
    return false
  }

  /** Adds a department, or moves it. */
  place(id: bigint, parentId: bigint | null): void {
    const before = this.#parents.get(id)
    if (before != null) this.#count(before, -1)
    if (parentId !== null) this.#count(parentId, 1)
    this.#parents.set(id, parentId)
  }

  #count(parentId: bigint, by: 1 | -1): void {
    const children = (this.#children.get(parentId) ?? 0) + by
    if (children > 0) this.#children.set(parentId, children)
    else this.#children.delete(parentId)
  }
}
