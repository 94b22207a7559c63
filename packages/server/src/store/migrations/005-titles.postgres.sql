-- The pair of 005-titles.sqlite.sql.
DROP INDEX follow_by_title;
CREATE INDEX follow_by_title ON follow (corp, system, title, follow_time, id, business_type, follow_type, follow_user_id)
  WHERE title IS NOT NULL;
