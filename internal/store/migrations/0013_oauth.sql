-- Authorization codes, by a keyed hash of the code. A row whose origin is set
-- has been redeemed, and names the token family that came of it: a code that
-- is shown again ends that family.
CREATE TABLE authorization_code (
  pool_id TEXT /*bytewise*/ NOT NULL,
  mac BYTEA NOT NULL,
  client_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  origin TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (pool_id, mac)
) /*clustered*/;
CREATE INDEX authorization_code_by_expiry ON authorization_code (expires);
CREATE INDEX authorization_code_by_user ON authorization_code (pool_id, username);
CREATE INDEX authorization_code_by_client ON authorization_code (pool_id, client_id);
