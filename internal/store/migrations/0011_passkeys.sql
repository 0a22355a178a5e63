-- Credentials that sign users in: their ids are unique within a relying party
-- of a pool. A counter may only move forward.
CREATE TABLE passkey (
  pool_id TEXT /*bytewise*/ NOT NULL,
  relying_party TEXT /*bytewise*/ NOT NULL,
  credential_id BYTEA NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL,
  backed_up BIGINT NOT NULL,
  created BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (pool_id, relying_party, credential_id)
) /*clustered*/;
CREATE INDEX passkey_by_user ON passkey (pool_id, username, created);

-- Registrations that have begun: one of each user at each client.
CREATE TABLE passkey_challenge (
  pool_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  client_id TEXT /*bytewise*/ NOT NULL,
  challenge BYTEA NOT NULL,
  relying_party TEXT NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (pool_id, username, client_id)
) /*clustered*/;
CREATE INDEX passkey_challenge_by_expiry ON passkey_challenge (expires);
