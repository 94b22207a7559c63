-- The pair of 006-lists.sqlite.sql.
DROP INDEX follow_by_create_time;
CREATE INDEX follow_by_create_time ON follow (corp, system, create_time, id, business_type, follow_user_id);
CREATE INDEX follow_long ON follow (corp, id) WHERE octet_length(head) + octet_length(tail) > 65536;
