-- People: who signs in, how, and what was changed by whom outside follow-ups.

-- role: 1 staff, 2 manager, 3 admin. password: scrypt with its parameters and salt. invitation: SHA-256 of what its link
-- holds. Times in ms.
CREATE TABLE person (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  user_id TEXT NOT NULL,
  role INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  disabled_at INTEGER,
  password TEXT,
  invitation TEXT,
  invitation_until INTEGER,
  language TEXT,
  appearance TEXT,
  PRIMARY KEY (corp, user_id)
) STRICT, WITHOUT ROWID;

-- The departments that a manager leads.
CREATE TABLE person_department (
  corp INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  department_id INTEGER NOT NULL,
  PRIMARY KEY (corp, user_id, department_id),
  FOREIGN KEY (corp, user_id) REFERENCES person (corp, user_id)
) STRICT, WITHOUT ROWID;

-- id: SHA-256 of what the cookie holds, which is stored nowhere. seen_at: to five minutes.
CREATE TABLE person_session (
  corp INTEGER NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  way TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL,
  PRIMARY KEY (corp, id),
  FOREIGN KEY (corp, user_id) REFERENCES person (corp, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX person_session_by_user ON person_session (corp, user_id, seen_at);

-- id, public_key: as WebAuthn gives them, in base64url. transports: separated by commas.
CREATE TABLE passkey (
  corp INTEGER NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL,
  sign_count INTEGER NOT NULL,
  transports TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (corp, id),
  FOREIGN KEY (corp, user_id) REFERENCES person (corp, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX passkey_by_user ON passkey (corp, user_id, created_at);

-- Failed sign-ins of a person or from an address, and challenges that have been used; forgotten after an hour.
CREATE TABLE sign_in_count (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  subject TEXT NOT NULL,
  n INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (corp, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_count_by_time ON sign_in_count (corp, last_at);

-- actor: 1 an app, 2 a person, 3 a command on the server. changes: JSON, [{field, from, to}].
CREATE TABLE audit_entry (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  id INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  actor INTEGER NOT NULL,
  actor_id TEXT,
  operation TEXT NOT NULL,
  subject TEXT NOT NULL,
  changes TEXT NOT NULL,
  PRIMARY KEY (corp, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_entry_by_actor ON audit_entry (corp, actor_id, id);
CREATE INDEX audit_entry_by_subject ON audit_entry (corp, subject, id);

-- old_hash: of the secret before, good until old_until. used_at: to five minutes.
ALTER TABLE app ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE app ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN used_at INTEGER;
ALTER TABLE app ADD COLUMN old_hash TEXT;
ALTER TABLE app ADD COLUMN old_until INTEGER;

-- Keys are also given by people: caller is an appid, or a colon and a user_id.
CREATE TABLE write_key_of_caller (
  corp INTEGER NOT NULL REFERENCES corp (corp),
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (corp, caller, key)
) STRICT, WITHOUT ROWID;

INSERT INTO write_key_of_caller (corp, caller, key, request_hash, answer, created_at)
SELECT corp, appid, key, request_hash, answer, created_at FROM write_key;

DROP TABLE write_key;
ALTER TABLE write_key_of_caller RENAME TO write_key;
CREATE INDEX write_key_by_time ON write_key (corp, created_at);
