-- Times are Unix milliseconds. Documents are JSON. Sealed columns are bound to
-- pool, table, row and column. Every key begins with the pool; the few global
-- look-ups (client, access key) are small tables of their own.

CREATE TABLE user_pool (
  pool_id TEXT /*bytewise*/ NOT NULL,
  account TEXT /*bytewise*/ NOT NULL,
  region TEXT /*bytewise*/ NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (pool_id)
) /*clustered*/;
CREATE INDEX user_pool_by_account ON user_pool (account, region, pool_id);

CREATE TABLE app_client (
  pool_id TEXT /*bytewise*/ NOT NULL,
  client_id TEXT /*bytewise*/ NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  doc TEXT NOT NULL,
  secrets BYTEA NOT NULL,
  PRIMARY KEY (pool_id, client_id)
) /*clustered*/;

CREATE TABLE client_pool (
  client_id TEXT /*bytewise*/ NOT NULL,
  pool_id TEXT /*bytewise*/ NOT NULL,
  PRIMARY KEY (client_id)
) /*clustered*/;

CREATE TABLE users (
  pool_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  sub TEXT /*bytewise*/ NOT NULL,
  version BIGINT NOT NULL,
  status TEXT NOT NULL,
  enabled BIGINT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  signed_out BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (pool_id, username)
) /*clustered*/;
CREATE UNIQUE INDEX users_by_sub ON users (pool_id, sub);

CREATE TABLE user_credential (
  pool_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (pool_id, username)
) /*clustered*/;

CREATE TABLE user_alias (
  pool_id TEXT /*bytewise*/ NOT NULL,
  attribute TEXT /*bytewise*/ NOT NULL,
  value TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  PRIMARY KEY (pool_id, attribute, value)
) /*clustered*/;

CREATE TABLE user_search (
  pool_id TEXT /*bytewise*/ NOT NULL,
  attribute TEXT /*bytewise*/ NOT NULL,
  value TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  PRIMARY KEY (pool_id, attribute, value, username)
) /*clustered*/;

CREATE TABLE user_count (
  pool_id TEXT /*bytewise*/ NOT NULL,
  shard BIGINT NOT NULL,
  users BIGINT NOT NULL,
  PRIMARY KEY (pool_id, shard)
) /*clustered*/;

CREATE TABLE lockout (
  pool_id TEXT /*bytewise*/ NOT NULL,
  subject TEXT /*bytewise*/ NOT NULL,
  failures BIGINT NOT NULL,
  locked_until BIGINT NOT NULL,
  last_attempt BIGINT NOT NULL,
  PRIMARY KEY (pool_id, subject)
) /*clustered*/;
CREATE INDEX lockout_by_age ON lockout (last_attempt);

CREATE TABLE attempt (
  pool_id TEXT /*bytewise*/ NOT NULL,
  subject TEXT /*bytewise*/ NOT NULL,
  kind TEXT /*bytewise*/ NOT NULL,
  window_end BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  PRIMARY KEY (pool_id, subject, kind)
) /*clustered*/;
CREATE INDEX attempt_by_end ON attempt (window_end);

CREATE TABLE code (
  pool_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  purpose TEXT /*bytewise*/ NOT NULL,
  mac BYTEA NOT NULL,
  attribute TEXT NOT NULL,
  value TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (pool_id, username, purpose)
) /*clustered*/;
CREATE INDEX code_by_expiry ON code (expires);

CREATE TABLE spent (
  pool_id TEXT /*bytewise*/ NOT NULL,
  kind TEXT /*bytewise*/ NOT NULL,
  handle BYTEA NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (pool_id, kind, handle)
) /*clustered*/;
CREATE INDEX spent_by_expiry ON spent (expires);

CREATE TABLE token_revocation (
  pool_id TEXT /*bytewise*/ NOT NULL,
  origin TEXT /*bytewise*/ NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (pool_id, origin)
) /*clustered*/;
CREATE INDEX token_revocation_by_expiry ON token_revocation (expires);

CREATE TABLE signing_key (
  pool_id TEXT /*bytewise*/ NOT NULL,
  use_for TEXT /*bytewise*/ NOT NULL,
  key_id TEXT NOT NULL,
  created BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (pool_id, use_for)
) /*clustered*/;

CREATE TABLE outbox (
  pool_id TEXT /*bytewise*/ NOT NULL,
  message_id TEXT /*bytewise*/ NOT NULL,
  dead BIGINT NOT NULL,
  due BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  created BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (pool_id, message_id)
) /*clustered*/;
CREATE INDEX outbox_by_due ON outbox (dead, due);

CREATE TABLE access_key (
  key_id TEXT /*bytewise*/ NOT NULL,
  account TEXT NOT NULL,
  description TEXT NOT NULL,
  created BIGINT NOT NULL,
  revoked BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (key_id)
) /*clustered*/;

CREATE TABLE data_key (
  pool_id TEXT /*bytewise*/ NOT NULL,
  master_id TEXT NOT NULL,
  wrapped BYTEA NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (pool_id)
) /*clustered*/;

CREATE TABLE config_epoch (
  shard BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  PRIMARY KEY (shard)
) /*clustered*/;

CREATE TABLE purge (
  pool_id TEXT /*bytewise*/ NOT NULL,
  PRIMARY KEY (pool_id)
) /*clustered*/;
