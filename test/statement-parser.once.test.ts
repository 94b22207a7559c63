import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireBoundToCorp } from '../packages/server/src/store/tenant-guard.ts'
import { corpParameters } from './support/statement-parser.ts'

test('the positions of the company are found, with ? and with $n', () => {
  const cases: [string, number[]][] = [
    ['SELECT 1', []],
    ['SELECT id FROM corp WHERE corp = ?', [0]],
    ['SELECT name FROM staff WHERE user_id = ? AND corp = ?', [1]],
    ['SELECT name FROM staff WHERE user_id = $2 AND corp = $1', [0]],
    ["SELECT ')' FROM staff s WHERE s.corp = ? AND s.name = '?' -- (", [0]],
    ['INSERT INTO staff (corp, user_id) VALUES (?, ?)', [0]],
    ['INSERT INTO staff (corp, user_id) SELECT $3, $1', [2]],
    ['INSERT INTO staff (corp, user_id) SELECT s.corp, $2 FROM corp_state s WHERE s.corp = $1', [0]],
    [
      'INSERT INTO staff (corp, user_id) SELECT s.corp, $2 FROM corp_state s WHERE s.corp = $1 ON CONFLICT (corp, user_id) DO NOTHING',
      [0],
    ],
    ['UPDATE staff SET name = ? WHERE corp = ? AND user_id = ?', [1]],
    ['DELETE FROM staff AS s WHERE s.corp = ?', [0]],
    [
      'SELECT 1 FROM follow f LEFT JOIN follow_type m ON m.corp = f.corp AND m.id = f.follow_type WHERE f.corp = ?',
      [0],
    ],
    [
      'SELECT k.id FROM (SELECT f.id FROM follow f WHERE f.corp = ?) k JOIN follow g ON g.corp = ? AND g.id = k.id',
      [0, 1],
    ],
    ['SELECT 1 FROM staff s WHERE s.corp = ? AND EXISTS (SELECT 1 FROM follow f WHERE f.corp = s.corp)', [0]],
    [
      'SELECT id FROM department WHERE corp = ? UNION SELECT department_id FROM staff_department WHERE corp = ?',
      [0, 1],
    ],
    ['SELECT 1 FROM staff WHERE corp = ? AND (name = ? OR alias = ?)', [0]],
    ['SELECT CAST(f.follow_type AS TEXT), f.head FROM follow f WHERE f.corp = ? AND f.follow_type = ?', [0]],
    ['UPDATE follow SET follow_type = ?, head = ? WHERE corp = ? AND id = ?', [2]],
  ]
  for (const [text, positions] of cases) assert.deepEqual(corpParameters(text), positions, text)
})

const UNBOUND = [
  'SELECT 1 FROM staff',
  'SELECT 1 FROM staff WHERE user_id = ?',
  'SELECT 1 FROM staff WHERE corp > ?',
  'SELECT 1 FROM staff WHERE corp = 1',
  'SELECT 1 FROM staff WHERE corp = ? OR user_id = ?',
  'SELECT 1 FROM staff WHERE user_id = ? AND (corp = ? OR name = ?)',
  'SELECT 1 FROM staff s, follow f WHERE s.corp = ? AND f.corp = ?',
  'SELECT 1 FROM staff s JOIN follow f ON f.follow_user_id = s.user_id WHERE s.corp = ?',
  'SELECT 1 FROM staff JOIN follow ON follow_user_id = user_id WHERE corp = ?',
  'SELECT 1 FROM staff s WHERE s.corp = ? AND EXISTS (SELECT 1 FROM follow f WHERE f.id = 1)',
  'SELECT 1 FROM staff s WHERE s.user_id IN (SELECT f.follow_user_id FROM follow f WHERE f.corp = ?)',
  'SELECT id FROM department WHERE corp = ? UNION SELECT department_id FROM staff_department',
  'SELECT (SELECT count(*) FROM follow) FROM staff WHERE corp = ?',
  'INSERT INTO staff (user_id, corp) VALUES (?, ?)',
  'INSERT INTO staff VALUES (?, ?)',
  'INSERT INTO staff (corp, user_id) VALUES (1, ?)',
  'INSERT INTO staff (corp, user_id) SELECT s.corp, ? FROM corp_state s',
  'INSERT INTO staff (corp, user_id) SELECT s.corp + 1, ? FROM corp_state s WHERE s.corp = ?',
  'INSERT INTO staff (corp, user_id) SELECT t.corp, ? FROM corp_state s WHERE s.corp = ?',
  'UPDATE staff SET corp = ?',
  'DELETE FROM staff',
  'WITH x AS (SELECT 1 FROM staff) SELECT 1 FROM x',
  'SELECT 1 FROM staff WHERE corp = ? AND (name = ?',
  'SELECT f.head FROM corp c, follow f WHERE f.id = ?',
  'SELECT f.head FROM corp c JOIN follow f ON f.id = ?, staff s WHERE f.corp = ?',
  'SELECT head FROM public.follow',
  'SELECT name FROM public.follow_type',
  'SELECT name FROM ONLY follow_type',
  'SELECT m.name FROM corp c, follow_type m WHERE m.id = ?',
  'SELECT head FROM main.follow WHERE corp = ?',
  'SELECT head FROM "follow"',
  'SELECT head FROM ONLY follow',
  'SELECT head FROM /* x */ follow',
  'DELETE FROM corp USING follow',
  'TABLE follow',
  'TRUNCATE follow',
  'SELECT f.corp = ?, f.head FROM follow f',
  'SELECT head FROM follow ORDER BY corp = ?',
  'SELECT head FROM follow WHERE NOT corp = ?',
  'SELECT head FROM follow WHERE corp = ? IS NOT NULL',
  'SELECT head FROM follow WHERE corp = ? + 1',
  'SELECT f.head FROM follow f LEFT JOIN follow_type m ON m.corp = ? AND f.corp = ?',
  'SELECT f.head FROM follow f LEFT JOIN follow_type m ON m.corp = f.corp AND m.corp = ?',
  'INSERT INTO staff (corp, user_id) VALUES (?, ?), (2, ?)',
  'SELECT 1 FROM follow f WHERE f.corp = ? AND EXISTS (SELECT 1 FROM follow f WHERE f.id = 1)',
]

test('a statement on a company’s table that no company binds is refused', () => {
  for (const text of UNBOUND) assert.throws(() => corpParameters(text), /not bound to a company/, text)
})

test('the guard refuses it at run time too, whatever is bound', () => {
  for (const text of UNBOUND) {
    for (const values of [[], [1], [1, 1], [1, 1, 1]])
      assert.throws(() => requireBoundToCorp(text, values, 1), /the tenant guard refuses/, text)
  }
})
