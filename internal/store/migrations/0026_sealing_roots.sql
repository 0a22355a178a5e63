-- The keys of strings that clients hold, all but the first, which derives from
-- the server's data key. A retired root has lost its key; the first has a row
-- when it is retired.
CREATE TABLE sealing_root (
  root_id TEXT /*bytewise*/ NOT NULL,
  created BIGINT NOT NULL,
  retired BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (root_id)
) /*clustered*/;
