-- The pair of 003-write-side.sqlite.sql.

ALTER TABLE corp_state
  ADD COLUMN seq BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN forgotten_seq BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN feed TEXT COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE follow
  ADD COLUMN version INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN seq BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN op SMALLINT NOT NULL DEFAULT 1,
  ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN changed_app TEXT COLLATE "C",
  ADD COLUMN changed_user TEXT COLLATE "C",
  ADD COLUMN reason TEXT COLLATE "C";

-- Company by company: row-level security shows one at a time, and on Citus each is on one machine.
DO $$
DECLARE
  company BIGINT;
  name TEXT;
BEGIN
  FOR company IN SELECT corp FROM corp LOOP
    -- Citus hands SET LOCAL on to the machine that has the company's rows, set_config it does not; and it takes no
    -- volatile function in an UPDATE.
    EXECUTE format('SET LOCAL genjin.corp = %L', company);
    name := left(replace(gen_random_uuid()::TEXT, '-', ''), 16);
    UPDATE follow SET changed_at = follow.update_time, seq = numbered.seq
    FROM (SELECT corp, id, row_number() OVER (ORDER BY id) AS seq FROM follow WHERE corp = company) AS numbered
    WHERE follow.corp = company AND numbered.corp = follow.corp AND numbered.id = follow.id;
    UPDATE corp_state SET feed = name,
      seq = coalesce((SELECT max(f.seq) FROM follow f WHERE f.corp = company), 0)
    WHERE corp = company;
  END LOOP;
  SET LOCAL genjin.corp = '';
END $$;

CREATE UNIQUE INDEX follow_by_seq ON follow (corp, seq);

CREATE TABLE follow_version (
  corp BIGINT NOT NULL,
  id BIGINT NOT NULL,
  version INTEGER NOT NULL,
  seq BIGINT NOT NULL,
  op SMALLINT NOT NULL,
  changed_at BIGINT NOT NULL,
  changed_app TEXT COLLATE "C",
  changed_user TEXT COLLATE "C",
  reason TEXT COLLATE "C",
  system SMALLINT NOT NULL,
  follow_time BIGINT NOT NULL,
  follow_user_id TEXT COLLATE "C" NOT NULL,
  business_type INTEGER NOT NULL,
  business_id TEXT COLLATE "C" NOT NULL,
  follow_type BIGINT,
  title TEXT COLLATE "C",
  external_id TEXT COLLATE "C",
  stage_id TEXT COLLATE "C",
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  head TEXT COLLATE "C" NOT NULL,
  tail TEXT COLLATE "C" NOT NULL
);

CREATE UNIQUE INDEX follow_version_by_seq ON follow_version (corp, seq);
CREATE INDEX follow_version_by_type ON follow_version (corp, follow_type);
CREATE INDEX follow_version_deleted ON follow_version (corp, seq) WHERE op = 3;

-- Last, as with follow: see 001.
ALTER TABLE follow_version ADD PRIMARY KEY (corp, id, version);

-- On a Citus cluster the table must lie beside the others before it can refer to them; elsewhere there are no such catalogs.
DO $$
BEGIN
  IF to_regclass('pg_dist_partition') IS NOT NULL THEN
    IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = 'corp_state'::regclass) THEN
      PERFORM create_distributed_table('follow_version', 'corp', colocate_with => 'corp_state');
    END IF;
  END IF;
END $$;

ALTER TABLE follow_version
  ADD FOREIGN KEY (corp) REFERENCES corp (corp),
  ADD FOREIGN KEY (corp, follow_type) REFERENCES follow_type (corp, id);

ALTER TABLE custom_field ADD COLUMN required SMALLINT NOT NULL DEFAULT 0;

ALTER TABLE follow_version ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY company ON follow_version
  USING (corp = nullif(current_setting('genjin.corp', true), '')::BIGINT);
