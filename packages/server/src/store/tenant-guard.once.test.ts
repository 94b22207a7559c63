import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CORP_TABLES, requireBoundToCorp, requireShared } from './tenant-guard.ts'

test('a table that no company binds is refused, wherever it stands', () => {
  for (const text of [
    'SELECT 1 FROM staff',
    'SELECT 1 FROM staff WHERE corp > ?',
    'SELECT 1 FROM staff WHERE corp = 1',
    'SELECT 1 FROM staff WHERE corp = ? OR user_id = ?',
    'SELECT 1 FROM staff s JOIN follow f ON f.follow_user_id = s.user_id WHERE s.corp = ?',
    'SELECT 1 FROM staff s WHERE s.corp = ? AND EXISTS (SELECT 1 FROM follow f WHERE f.id = 1)',
    'SELECT 1 FROM staff s WHERE s.user_id IN (SELECT f.follow_user_id FROM follow f WHERE f.corp = ?)',
    'SELECT 1 FROM app a JOIN corp c ON c.corp = a.corp',
    'SELECT 1 FROM app a JOIN corp c ON c.corp = a.corp JOIN staff s ON s.status = 1 WHERE a.corp = ?',
    'SELECT id FROM department WHERE corp = ? UNION SELECT department_id FROM staff_department',
    'SELECT (SELECT count(*) FROM follow) FROM staff WHERE corp = ?',
    'WITH x AS (SELECT 1 FROM staff) SELECT 1 FROM x',
    'INSERT INTO staff (user_id, corp) VALUES (?, ?)',
    'INSERT INTO staff (corp, user_id) VALUES (1, ?)',
    'REPLACE INTO staff (user_id) VALUES (?)',
    'DELETE FROM staff',
    'SELECT head FROM "follow"',
    'SELECT head FROM /* x */ follow',
    // Of a bound value, Citus makes a COPY.
    'INSERT INTO staff (corp, user_id) SELECT ?, user_id FROM (SELECT ? AS user_id)',
    'INSERT INTO staff (corp, user_id) SELECT s.corp, s.user_id FROM staff s WHERE s.user_id = ?',
    'INSERT INTO staff (corp, user_id) SELECT s.corp, ? FROM corp_state t WHERE t.corp = ?',
    "INSERT INTO staff (corp, user_id) SELECT s.corp + 1, 'a' FROM corp_state s WHERE s.corp = $1",
    "INSERT INTO staff (corp, user_id) VALUES ($1 + 1, 'a')",
    "INSERT INTO staff (corp, user_id) SELECT s.corp, 'a' FROM corp_state s WHERE s.corp = $1 UNION ALL SELECT 9, 'b'",
    "INSERT INTO staff (corp, user_id) SELECT s.corp, 'a' FROM corp_state s WHERE s.corp = $1 ON CONFLICT (corp, user_id) DO UPDATE SET (corp, user_id) = (9, 'a')",
  ]) {
    assert.throws(() => requireBoundToCorp(text, [], 1), /the tenant guard refuses/, text)
  }
})

test('statements that are bound pass, their texts and comparisons in brackets not mistaken for conditions', () => {
  for (const text of [
    'SELECT 1',
    "SELECT ')' || ' or ' FROM staff s WHERE s.corp = ? AND (s.name = 'a' OR s.alias = 'b')",
    'SELECT 1 FROM follow f LEFT JOIN follow_type m ON m.corp = f.corp AND m.id = f.follow_type WHERE f.corp = $1',
    'SELECT 1 FROM staff s WHERE s.corp = ? AND EXISTS (SELECT 1 FROM follow f WHERE f.corp = ?)',
    'SELECT c.id FROM app a JOIN corp c ON c.corp = a.corp WHERE a.corp = ?',
    'INSERT INTO staff (corp, user_id) VALUES (?, ?) ON CONFLICT (corp, user_id) DO UPDATE SET name = excluded.name',
    'INSERT INTO staff (corp, user_id) SELECT s.corp, l.* FROM corp_state s CROSS JOIN unnest($2) l WHERE s.corp = $1 ON CONFLICT (corp, user_id) DO NOTHING',
    'WITH x AS (SELECT user_id FROM staff WHERE corp = ?) DELETE FROM staff WHERE corp = ?',
  ]) {
    requireBoundToCorp(text, [1, 1], 1)
    if (text.includes('corp'))
      assert.throws(() => requireBoundToCorp(text, [2, 1], 1), /another company/, text)
  }
})

test('another company’s number is refused every time, whatever the text was remembered as', () => {
  const text = 'SELECT name FROM staff WHERE corp = ? AND user_id = ?'
  requireBoundToCorp(text, [7, 'zhang'], 7)
  for (const values of [
    [8, 'zhang'],
    ['7', 'zhang'],
    [undefined, 'zhang'],
    [7n, 'zhang'],
    ['zhang', 7],
  ]) {
    assert.throws(() => requireBoundToCorp(text, values, 7), /another company/)
  }
  requireBoundToCorp(text, [7, 'zhang'], 7)
})

test('every table of companies is guarded, however it is used', () => {
  for (const table of CORP_TABLES) {
    for (const text of [
      `SELECT 1 FROM ${table}`,
      `SELECT 1 FROM staff s JOIN ${table} x ON x.corp > 0 WHERE s.corp = ?`,
      `SELECT 1 FROM staff s WHERE s.corp = ? AND EXISTS (SELECT 1 FROM ${table} x WHERE x.corp > 0)`,
      `UPDATE ${table} SET corp = ? WHERE corp = ?`,
      `DELETE FROM ${table} WHERE corp > ?`,
      `INSERT INTO ${table} (n, corp) VALUES (1, ?)`,
      `INSERT INTO ${table} SELECT * FROM staff`,
    ]) {
      assert.throws(() => requireBoundToCorp(text, [1, 1], 1), /the tenant guard refuses/, text)
    }
    requireBoundToCorp(`DELETE FROM ${table} WHERE corp = ?`, [1], 1)
    assert.throws(() => requireBoundToCorp(`DELETE FROM ${table} WHERE corp = ?`, [2], 1), /another company/)
  }
})

test('outside a company its tables cannot be touched', () => {
  requireShared('SELECT value FROM setting WHERE name = ?')
  requireShared('SELECT corp FROM corp WHERE id = ?')
  for (const table of CORP_TABLES) {
    assert.throws(() => requireShared(`SELECT 1 FROM ${table} WHERE corp = ?`), /outside a company/)
  }
})
