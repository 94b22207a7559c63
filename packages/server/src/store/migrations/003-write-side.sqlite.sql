-- The write side: versions of follow-ups, the change feed, required custom fields.

-- The number of the company's newest change, the number up to which deletions have been forgotten, and a random name for
-- the feed that these numbers are of.
ALTER TABLE corp_state ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE corp_state ADD COLUMN forgotten_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE corp_state ADD COLUMN feed TEXT NOT NULL DEFAULT '';

-- The change that made a follow-up what it is now. op: 1 create, 2 update, 4 restore. changed_at in ms; changed_app and
-- changed_user are null for what was imported.
ALTER TABLE follow ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE follow ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE follow ADD COLUMN op INTEGER NOT NULL DEFAULT 1;
ALTER TABLE follow ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE follow ADD COLUMN changed_app TEXT;
ALTER TABLE follow ADD COLUMN changed_user TEXT;
ALTER TABLE follow ADD COLUMN reason TEXT;

-- What is there already was created, in the order of its ids.
UPDATE follow SET changed_at = follow.update_time, seq = numbered.seq
FROM (SELECT corp, id, row_number() OVER (PARTITION BY corp ORDER BY id) AS seq FROM follow) AS numbered
WHERE numbered.corp = follow.corp AND numbered.id = follow.id;

UPDATE corp_state SET feed = lower(hex(randomblob(8))),
  seq = coalesce((SELECT max(f.seq) FROM follow f WHERE f.corp = corp_state.corp), 0);

CREATE UNIQUE INDEX follow_by_seq ON follow (corp, seq);

-- Earlier versions of follow-ups, each the whole row as it was; of a deleted one the last is its deletion (op 3).
CREATE TABLE follow_version (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  op INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_app TEXT,
  changed_user TEXT,
  reason TEXT,
  system INTEGER NOT NULL,
  follow_time INTEGER NOT NULL,
  follow_user_id TEXT NOT NULL,
  business_type INTEGER NOT NULL,
  business_id TEXT NOT NULL,
  follow_type INTEGER,
  title TEXT,
  external_id TEXT,
  stage_id TEXT,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  head TEXT NOT NULL,
  tail TEXT NOT NULL,
  PRIMARY KEY (corp, id, version),
  FOREIGN KEY (corp, follow_type) REFERENCES follow_type (corp, id)
) STRICT;

CREATE UNIQUE INDEX follow_version_by_seq ON follow_version (corp, seq);
CREATE INDEX follow_version_by_type ON follow_version (corp, follow_type);
-- Deletions: they are forgotten after 90 days.
CREATE INDEX follow_version_deleted ON follow_version (corp, seq) WHERE op = 3;

ALTER TABLE custom_field ADD COLUMN required INTEGER NOT NULL DEFAULT 0;
