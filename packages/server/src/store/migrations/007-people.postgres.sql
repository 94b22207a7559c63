-- The pair of 007-people.sqlite.sql.

CREATE TABLE person (
  corp BIGINT NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  role SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT,
  password TEXT COLLATE "C",
  invitation TEXT COLLATE "C",
  invitation_until BIGINT,
  language TEXT COLLATE "C",
  appearance TEXT COLLATE "C",
  PRIMARY KEY (corp, user_id)
);

CREATE TABLE person_department (
  corp BIGINT NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  department_id BIGINT NOT NULL,
  PRIMARY KEY (corp, user_id, department_id)
);

CREATE TABLE person_session (
  corp BIGINT NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  way TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  agent TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (corp, id)
);

CREATE INDEX person_session_by_user ON person_session (corp, user_id, seen_at);

CREATE TABLE passkey (
  corp BIGINT NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  public_key TEXT COLLATE "C" NOT NULL,
  sign_count BIGINT NOT NULL,
  transports TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (corp, id)
);

CREATE INDEX passkey_by_user ON passkey (corp, user_id, created_at);

CREATE TABLE sign_in_count (
  corp BIGINT NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  n INTEGER NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (corp, subject)
);

CREATE INDEX sign_in_count_by_time ON sign_in_count (corp, last_at);

CREATE TABLE audit_entry (
  corp BIGINT NOT NULL,
  id BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  actor SMALLINT NOT NULL,
  actor_id TEXT COLLATE "C",
  operation TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  changes TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (corp, id)
);

CREATE INDEX audit_entry_by_actor ON audit_entry (corp, actor_id, id);
CREATE INDEX audit_entry_by_subject ON audit_entry (corp, subject, id);

-- On a Citus cluster the tables must lie beside the others before they can refer to them, by keys that have names; elsewhere there
-- are no such catalogs.
DO $$
DECLARE name TEXT;
BEGIN
  IF to_regclass('pg_dist_partition') IS NOT NULL THEN
    IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = 'corp_state'::regclass) THEN
      FOREACH name IN ARRAY ARRAY['person', 'person_department', 'person_session', 'passkey', 'sign_in_count', 'audit_entry']
      LOOP
        PERFORM create_distributed_table(name, 'corp', colocate_with => 'corp_state');
      END LOOP;
    END IF;
  END IF;
END $$;

ALTER TABLE person ADD CONSTRAINT person_corp_fkey FOREIGN KEY (corp) REFERENCES corp (corp);
ALTER TABLE person_department ADD CONSTRAINT person_department_corp_user_id_fkey FOREIGN KEY (corp, user_id) REFERENCES person (corp, user_id);
ALTER TABLE person_session ADD CONSTRAINT person_session_corp_user_id_fkey FOREIGN KEY (corp, user_id) REFERENCES person (corp, user_id);
ALTER TABLE passkey ADD CONSTRAINT passkey_corp_user_id_fkey FOREIGN KEY (corp, user_id) REFERENCES person (corp, user_id);
ALTER TABLE sign_in_count ADD CONSTRAINT sign_in_count_corp_fkey FOREIGN KEY (corp) REFERENCES corp (corp);
ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_corp_fkey FOREIGN KEY (corp) REFERENCES corp (corp);

ALTER TABLE app ADD COLUMN label TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE app ADD COLUMN read_only SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN used_at BIGINT;
ALTER TABLE app ADD COLUMN old_hash TEXT COLLATE "C";
ALTER TABLE app ADD COLUMN old_until BIGINT;

ALTER TABLE write_key DROP CONSTRAINT write_key_corp_appid_fkey;
ALTER TABLE write_key RENAME COLUMN appid TO caller;
ALTER TABLE write_key ADD CONSTRAINT write_key_corp_fkey FOREIGN KEY (corp) REFERENCES corp (corp);

DO $$
DECLARE name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['person', 'person_department', 'person_session', 'passkey', 'sign_in_count', 'audit_entry']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY company ON %I USING (corp = nullif(current_setting(''genjin.corp'', true), '''')::BIGINT)',
      name);
  END LOOP;
END $$;
