-- What the older lists filter by stands behind their order: a deep page is found by the index alone.
DROP INDEX follow_by_create_time;
CREATE INDEX follow_by_create_time ON follow (corp, system, create_time, id, business_type, follow_user_id);

-- The few records of more than 64 KiB: a page that may have some is not joined by the database.
CREATE INDEX follow_long ON follow (corp, id) WHERE octet_length(head) + octet_length(tail) > 65536;
