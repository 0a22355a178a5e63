-- Recovery codes: what is left of a user's set, as keyed hashes. Using one
-- takes its row.
CREATE TABLE recovery_code (
  pool_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  mac BYTEA NOT NULL,
  PRIMARY KEY (pool_id, username, mac)
) /*clustered*/;
