-- Exact totals and any page at a flat cost.

-- Counters of follow-ups, kept in the transaction that writes them. dimension: 0 all, 1 business_type, 2 follow_type,
-- 3 follow_user_id, 4 business_type/follow_type. width: 0 always (period 0), 1 spans of 32 days, 2 days (not of 3 and 4); a
-- day begins at midnight in China, period is its number since 1970-01-01, or that of the span.
CREATE TABLE follow_count (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  system INTEGER NOT NULL,
  dimension INTEGER NOT NULL,
  value TEXT NOT NULL,
  width INTEGER NOT NULL,
  period INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (corp, system, dimension, value, width, period)
) STRICT, WITHOUT ROWID;

INSERT INTO follow_count
SELECT corp, system, 0, '', 2, (follow_time + 28800000) / 86400000, count(*) FROM follow GROUP BY 1, 2, 6;
INSERT INTO follow_count
SELECT corp, system, 1, CAST(business_type AS TEXT), 2, (follow_time + 28800000) / 86400000, count(*)
FROM follow GROUP BY 1, 2, 4, 6;
INSERT INTO follow_count
SELECT corp, system, 2, CAST(follow_type AS TEXT), 2, (follow_time + 28800000) / 86400000, count(*)
FROM follow WHERE follow_type IS NOT NULL GROUP BY 1, 2, 4, 6;
INSERT INTO follow_count
SELECT corp, system, dimension, value, 1, period / 32, sum(n) FROM follow_count GROUP BY 1, 2, 3, 4, 6;
INSERT INTO follow_count
SELECT corp, system, 3, follow_user_id, 1, (follow_time + 28800000) / 86400000 / 32, count(*)
FROM follow GROUP BY 1, 2, 4, 6;
INSERT INTO follow_count
SELECT corp, system, 4, CAST(business_type AS TEXT) || '/' || CAST(follow_type AS TEXT), 1,
  (follow_time + 28800000) / 86400000 / 32, count(*)
FROM follow WHERE follow_type IS NOT NULL GROUP BY 1, 2, 4, 6;
INSERT INTO follow_count
SELECT corp, system, dimension, value, 0, 0, sum(n) FROM follow_count WHERE width = 1 GROUP BY 1, 2, 3, 4;

-- What else is filtered by stands in each index behind the order of the list: a filter of several parts is decided by the
-- index alone.
DROP INDEX follow_by_time;
DROP INDEX follow_by_business_type;
DROP INDEX follow_by_user;
DROP INDEX follow_by_type;
CREATE INDEX follow_by_time ON follow (corp, system, follow_time, id, business_type, follow_type, follow_user_id);
CREATE INDEX follow_by_business_type ON follow (corp, system, business_type, follow_time, id, follow_type, follow_user_id);
CREATE INDEX follow_by_user ON follow (corp, system, follow_user_id, follow_time, id, business_type, follow_type);
CREATE INDEX follow_by_type ON follow (corp, system, follow_type, follow_time, id, business_type, follow_user_id);

-- Grows with every change of what belongs to the company and is no follow-up: apps, staff, departments, methods, fields.
-- With seq it names a state of the company: what was answered in one is the answer as long as it lasts.
ALTER TABLE corp_state ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
