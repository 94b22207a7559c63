-- What a title is filtered together with stands in its index too, as in those of 004.
DROP INDEX follow_by_title;
CREATE INDEX follow_by_title ON follow (corp, system, title, follow_time, id, business_type, follow_type, follow_user_id)
  WHERE title IS NOT NULL;
