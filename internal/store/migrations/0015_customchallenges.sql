-- Challenges of the pools' own functions that wait for their answer: the rounds
-- so far and what only the verifying function may see. The answer takes the row.
CREATE TABLE custom_challenge (
  pool_id TEXT /*bytewise*/ NOT NULL,
  handle BYTEA NOT NULL,
  client_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  expires BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (pool_id, handle)
) /*clustered*/;
CREATE INDEX custom_challenge_by_expiry ON custom_challenge (expires);
CREATE INDEX custom_challenge_by_user ON custom_challenge (pool_id, username);
CREATE INDEX custom_challenge_by_client ON custom_challenge (pool_id, client_id);
