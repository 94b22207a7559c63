-- Every primary key, unique index and foreign key begins with the company's key (corp).

CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The companies. corp is the short key that all other tables carry, id the name that people use.
CREATE TABLE corp (
  corp INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- secret_hash: HMAC of the secret under a key kept outside the database (T4). token_*: the tokens derived from
-- (appid, issue number); none is stored.
CREATE TABLE app (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  appid TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  token_issue INTEGER NOT NULL DEFAULT 0,
  token_issued_at INTEGER NOT NULL DEFAULT 0,
  token_revoked_through INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (corp, appid)
) STRICT, WITHOUT ROWID;

CREATE TABLE department (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  parent_id INTEGER,
  sort_order INTEGER,
  PRIMARY KEY (corp, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX department_by_parent ON department (corp, parent_id, id);

CREATE TABLE staff (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  main_department_id INTEGER,
  status INTEGER NOT NULL,
  alias TEXT,
  mobile TEXT,
  position TEXT,
  email TEXT,
  avatar TEXT,
  PRIMARY KEY (corp, user_id)
) STRICT, WITHOUT ROWID;

-- seq keeps the order in which a member's departments were given.
CREATE TABLE staff_department (
  corp INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  department_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (corp, user_id, department_id),
  FOREIGN KEY (corp, user_id) REFERENCES staff (corp, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_by_department ON staff_department (corp, department_id, user_id);

-- Follow methods. preset = 1: made with the company and not yet named by any import, so that an imported method of the
-- same name takes its place.
CREATE TABLE follow_type (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  builtin INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  preset INTEGER NOT NULL,
  PRIMARY KEY (corp, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX follow_type_by_name ON follow_type (corp, name, id);

CREATE TABLE custom_field (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  options TEXT,
  PRIMARY KEY (corp, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE target (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  type INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  owner_user_id TEXT,
  PRIMARY KEY (corp, type, id)
) STRICT, WITHOUT ROWID;

-- A follow-up. head and tail are the record as it is answered, as ready text; the name of the method, which can change,
-- goes between them. The columns beside them are what is filtered and sorted by. Times in ms.
CREATE TABLE follow (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  id INTEGER NOT NULL,
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
  PRIMARY KEY (corp, id),
  FOREIGN KEY (corp, follow_type) REFERENCES follow_type (corp, id)
) STRICT;

-- One index a filter, each in the order of the list (L1): follow_time, then id, read backwards.
CREATE INDEX follow_by_time ON follow (corp, system, follow_time, id);
CREATE INDEX follow_by_business_type ON follow (corp, system, business_type, follow_time, id);
CREATE INDEX follow_by_user ON follow (corp, system, follow_user_id, follow_time, id);
CREATE INDEX follow_by_type ON follow (corp, system, follow_type, follow_time, id);
CREATE INDEX follow_by_title ON follow (corp, system, title, follow_time, id) WHERE title IS NOT NULL;

-- The older lists (customer/list, opportunity/list) go by the time of writing.
CREATE INDEX follow_by_create_time ON follow (corp, system, create_time, id);

-- One row for each id that a follow-up is about (L6): business_id and the ids inside target.
CREATE TABLE follow_target (
  corp INTEGER NOT NULL,
  target_id TEXT NOT NULL,
  system INTEGER NOT NULL,
  follow_time INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (corp, target_id, system, follow_time, id),
  FOREIGN KEY (corp, id) REFERENCES follow (corp, id)
) STRICT, WITHOUT ROWID;

-- Idempotency keys of writes and their first answers, kept for 24 hours.
CREATE TABLE write_key (
  corp INTEGER NOT NULL,
  appid TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (corp, appid, key),
  FOREIGN KEY (corp, appid) REFERENCES app (corp, appid)
) STRICT, WITHOUT ROWID;

CREATE INDEX write_key_by_time ON write_key (corp, created_at);
