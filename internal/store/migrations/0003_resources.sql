-- The configuration resources of a pool (resource servers, identity providers,
-- domains, branding, ...), one kind each. A document that holds secrets stands
-- in sealed, any other in doc.
CREATE TABLE resource (
  pool_id TEXT /*bytewise*/ NOT NULL,
  kind TEXT /*bytewise*/ NOT NULL,
  id TEXT /*bytewise*/ NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  doc TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (pool_id, kind, id)
) /*clustered*/;
