/** Names of the kinds of bundle lines. */
const NAMES: Readonly<Record<string, string>> = {
  department: '部门',
  staff: '员工',
  person: '人员',
  follow_type: '跟进方式',
  custom_field: '自定义字段',
  target: '客户等对象',
  follow: '跟进',
}

/** `部门、员工` */
export function kindNames(kinds: readonly string[]): string {
  return kinds.map((kind) => NAMES[kind] ?? kind).join('、')
}

/** `部门 1，员工 20` */
export function kindCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${NAMES[kind] ?? kind} ${count}`)
    .join('，')
}
