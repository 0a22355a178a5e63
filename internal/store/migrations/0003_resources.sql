-- The configuration resources of a pool (resource servers, identity providers,
-- branding, ...) and the belongings of its users (devices, passkeys, ...), one
-- kind each; owner is the user's name, or empty. A document that holds secrets
-- stands in sealed, any other in doc.
CREATE TABLE resource (
  pool_id TEXT /*bytewise*/ NOT NULL,
  kind TEXT /*bytewise*/ NOT NULL,
  id TEXT /*bytewise*/ NOT NULL,
  owner TEXT /*bytewise*/ NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  doc TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (pool_id, kind, id)
) /*clustered*/;
CREATE INDEX resource_by_owner ON resource (pool_id, owner, kind, id);
