-- The pair of 002-several-processes.sqlite.sql.

CREATE TABLE corp_state (
  corp BIGINT NOT NULL PRIMARY KEY REFERENCES corp (corp)
);

INSERT INTO corp_state (corp) SELECT corp FROM corp;

CREATE TABLE call_window (
  corp BIGINT NOT NULL,
  appid TEXT COLLATE "C" NOT NULL,
  started_at BIGINT NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY (corp, appid),
  FOREIGN KEY (corp, appid) REFERENCES app (corp, appid)
);

DO $$
DECLARE name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['corp_state', 'call_window']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY company ON %I USING (corp = nullif(current_setting(''genjin.corp'', true), '''')::BIGINT)',
      name);
  END LOOP;
END $$;
