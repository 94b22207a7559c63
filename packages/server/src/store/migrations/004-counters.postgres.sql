-- The pair of 004-counters.sqlite.sql.

-- Room on each page, so that a counter that changes again and again stays on it and needs no new entry in the key.
CREATE TABLE follow_count (
  corp BIGINT NOT NULL,
  system SMALLINT NOT NULL,
  dimension SMALLINT NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  width SMALLINT NOT NULL,
  period BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (corp, system, dimension, value, width, period)
) WITH (fillfactor = 70);

-- On a Citus cluster the table must lie beside the others before it can refer to them; elsewhere there are no such catalogs.
DO $$
BEGIN
  IF to_regclass('pg_dist_partition') IS NOT NULL THEN
    IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = 'corp_state'::regclass) THEN
      PERFORM create_distributed_table('follow_count', 'corp', colocate_with => 'corp_state');
    END IF;
  END IF;
END $$;

ALTER TABLE follow_count
  ADD FOREIGN KEY (corp) REFERENCES corp (corp);

ALTER TABLE follow_count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY company ON follow_count
  USING (corp = nullif(current_setting('genjin.corp', true), '')::BIGINT);

-- Company by company: row-level security shows one at a time, and on Citus each is on one machine.
DO $$
DECLARE
  company BIGINT;
BEGIN
  FOR company IN SELECT corp FROM corp LOOP
    EXECUTE format('SET LOCAL genjin.corp = %L', company);
    INSERT INTO follow_count
    SELECT company, system, 0, '', 2, (follow_time + 28800000) / 86400000, count(*)
    FROM follow WHERE corp = company GROUP BY 2, 6;
    INSERT INTO follow_count
    SELECT company, system, 1, CAST(business_type AS TEXT), 2, (follow_time + 28800000) / 86400000, count(*)
    FROM follow WHERE corp = company GROUP BY 2, 4, 6;
    INSERT INTO follow_count
    SELECT company, system, 2, CAST(follow_type AS TEXT), 2, (follow_time + 28800000) / 86400000, count(*)
    FROM follow WHERE corp = company AND follow_type IS NOT NULL GROUP BY 2, 4, 6;
    INSERT INTO follow_count
    SELECT company, system, dimension, value, 1, period / 32, sum(n)
    FROM follow_count WHERE corp = company GROUP BY 2, 3, 4, 6;
    INSERT INTO follow_count
    SELECT company, system, 3, follow_user_id, 1, (follow_time + 28800000) / 86400000 / 32, count(*)
    FROM follow WHERE corp = company GROUP BY 2, 4, 6;
    INSERT INTO follow_count
    SELECT company, system, 4, CAST(business_type AS TEXT) || '/' || CAST(follow_type AS TEXT), 1,
      (follow_time + 28800000) / 86400000 / 32, count(*)
    FROM follow WHERE corp = company AND follow_type IS NOT NULL GROUP BY 2, 4, 6;
    INSERT INTO follow_count
    SELECT company, system, dimension, value, 0, 0, sum(n)
    FROM follow_count WHERE corp = company AND width = 1 GROUP BY 2, 3, 4;
  END LOOP;
  SET LOCAL genjin.corp = '';
END $$;

DROP INDEX follow_by_time, follow_by_business_type, follow_by_user, follow_by_type;
ALTER TABLE follow_target DROP CONSTRAINT follow_target_corp_id_fkey;
ALTER TABLE follow DROP CONSTRAINT follow_pkey;
CREATE INDEX follow_by_time ON follow (corp, system, follow_time, id, business_type, follow_type, follow_user_id);
CREATE INDEX follow_by_business_type ON follow (corp, system, business_type, follow_time, id, follow_type, follow_user_id);
CREATE INDEX follow_by_user ON follow (corp, system, follow_user_id, follow_time, id, business_type, follow_type);
CREATE INDEX follow_by_type ON follow (corp, system, follow_type, follow_time, id, business_type, follow_user_id);
-- Last: see 001.
ALTER TABLE follow ADD PRIMARY KEY (corp, id);
ALTER TABLE follow_target ADD FOREIGN KEY (corp, id) REFERENCES follow (corp, id);

ALTER TABLE corp_state ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
