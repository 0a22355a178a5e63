-- The secrets of authenticator apps: one that a code has proved ("verified")
-- and one that waits for its first code ("pending"). spent is the last time
-- step whose code was used.
CREATE TABLE software_token (
  pool_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  state TEXT /*bytewise*/ NOT NULL,
  token_id TEXT /*bytewise*/ NOT NULL,
  spent BIGINT NOT NULL,
  created BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (pool_id, username, state)
) /*clustered*/;
