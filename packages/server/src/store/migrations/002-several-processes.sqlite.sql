-- What several processes on one database share.

-- One row a company. Writers of a company take turns by it on PostgreSQL; SQLite has one writer at a time anyway.
CREATE TABLE corp_state (
  corp INTEGER NOT NULL PRIMARY KEY REFERENCES corp (corp)
) STRICT, WITHOUT ROWID;

INSERT INTO corp_state (corp) SELECT corp FROM corp;

-- How often an app has called in the window that began at started_at (ms), so that a limit holds across processes (T3).
CREATE TABLE call_window (
  corp INTEGER NOT NULL,
  appid TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY (corp, appid),
  FOREIGN KEY (corp, appid) REFERENCES app (corp, appid)
) STRICT, WITHOUT ROWID;
