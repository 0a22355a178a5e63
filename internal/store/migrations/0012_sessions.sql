-- The refresh tokens that were given up for newer ones, by the number they had
-- in their family. Clients without rotation have no rows. The last row of a
-- family stays as long as its tokens could live, the others for as long as a
-- retry is let through.
CREATE TABLE refresh_rotation (
  pool_id TEXT /*bytewise*/ NOT NULL,
  origin TEXT /*bytewise*/ NOT NULL,
  generation BIGINT NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  client_id TEXT /*bytewise*/ NOT NULL,
  rotated BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (pool_id, origin, generation)
) /*clustered*/;
CREATE INDEX refresh_rotation_by_user ON refresh_rotation (pool_id, username);
CREATE INDEX refresh_rotation_by_expiry ON refresh_rotation (expires);

-- The sign-ins of pools that track sessions. An SSO session has no origin; a
-- token session that came through one names it as parent.
CREATE TABLE user_session (
  pool_id TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  session_id TEXT /*bytewise*/ NOT NULL,
  kind TEXT NOT NULL,
  client_id TEXT /*bytewise*/ NOT NULL,
  origin TEXT /*bytewise*/ NOT NULL,
  parent TEXT /*bytewise*/ NOT NULL,
  created BIGINT NOT NULL,
  active BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL,
  PRIMARY KEY (pool_id, username, session_id)
) /*clustered*/;
CREATE INDEX user_session_by_expiry ON user_session (expires);

-- Deleted clients whose rows are still to be swept: those from before the
-- deletion, since where callers choose ids a client can come back.
CREATE TABLE purge_client (
  pool_id TEXT /*bytewise*/ NOT NULL,
  client_id TEXT /*bytewise*/ NOT NULL,
  deleted BIGINT NOT NULL,
  PRIMARY KEY (pool_id, client_id)
) /*clustered*/;
