import { follow } from './server.ts'

/** Lines at the edges of what is allowed, for `exactLine`. */
export const EDGES: readonly object[] = [
  { kind: 'department', id: '@9223372036854775807', name: '', parent_id: '@-9223372036854775808', order: 0 },
  { kind: 'department', id: '@-9223372036854775808', name: '  部\t门\u2028', order: '@-1' },
  { kind: 'staff', user_id: '', name: '', department_ids: ['@9223372036854775807', 2, 2, 1], status: 5 },
  { kind: 'staff', user_id: 'ＺＨＡＮＧ', name: '👩‍👩‍👧 "\\/', alias: '', email: null, department_ids: [] },
  {
    ...{ kind: 'person', user_id: '', role: 'manager' },
    department_ids: ['@9223372036854775807', 2, 2, '@-9223372036854775808'],
  },
  { kind: 'person', user_id: 'ＺＨＡＮＧ', role: 'admin', department_ids: [], disabled: true },
  // Of no staff member.
  { kind: 'person', user_id: "nobody';--", role: 'staff' },
  { kind: 'follow_type', id: '@-5', name: "it's; DROP TABLE follow --", builtin: true, enabled: false },
  { kind: 'custom_field', key: '__proto__', name: 'constructor', type: 'multi', options: [] },
  { kind: 'custom_field', key: 'k', name: 'k', type: 'single', options: [{ id: 1, name: '甲' }] },
  { kind: 'target', type: 12, id: '', name: '' },
  { kind: 'target', type: 1, id: 'Z', name: 'z'.repeat(1000), owner_user_id: '' },
  follow({
    id: 0,
    content: '',
    follow_type: null,
    field_map: { a: '@1.0', b: '@1e400', c: '@-0.10', d: null },
  }),
  follow({
    id: '@9223372036854775807',
    follow_user_id: '',
    business_id: '',
    follow_type: '@-5',
    target: { contact_id: '', clue_id: 'x', is_ai: false },
    field_map: { 10: 1, 2: { 深: ['@12345678901234567890', [], {}, true] }, 'a.b': '\u2029' },
    attachment_list: [{}, { name: '', type: 'web', cos_url: 'u', extra: 'left out' }],
    location: {},
    remind: { is_remind: 0, time: 0, user_ids: [] },
    title: '',
    stage_id: '',
    create_time: 0,
    update_time: 1,
  }),
  follow({ id: 1, system: true, title: '系统', location: { location_lat: 39.9, location_lng: '' } }),
]

/** JSON in which `"@…"` stands for a bare number that JSON.stringify could not write. */
export function exactLine(line: object): string {
  return JSON.stringify(line).replace(/"@([^"]*)"/g, '$1')
}
