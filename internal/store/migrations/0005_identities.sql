-- Who signs in as whom: an identity of a provider leads to one user.
CREATE TABLE user_identity (
  pool_id TEXT /*bytewise*/ NOT NULL,
  provider TEXT /*bytewise*/ NOT NULL,
  name TEXT /*bytewise*/ NOT NULL,
  value TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  type TEXT NOT NULL,
  issuer TEXT NOT NULL,
  primary_one BIGINT NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (pool_id, provider, name, value)
) /*clustered*/;
CREATE INDEX user_identity_by_user ON user_identity (pool_id, username);
