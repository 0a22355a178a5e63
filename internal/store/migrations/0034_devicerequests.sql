-- Requests of the device authorization grant, by keyed hashes of the device code
-- and of the user code. The authorization that a user grants is in
-- authorization_code, under the same mac. A row is kept for some time after its
-- codes have expired, so that the device learns why.
CREATE TABLE device_request (
  pool_id TEXT /*bytewise*/ NOT NULL,
  mac BYTEA NOT NULL,
  client_id TEXT /*bytewise*/ NOT NULL,
  user_mac BYTEA NOT NULL,
  state TEXT NOT NULL,
  next_poll BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (pool_id, mac)
) /*clustered*/;
CREATE INDEX device_request_by_expiry ON device_request (expires);
CREATE INDEX device_request_by_client ON device_request (pool_id, client_id);
-- A user code is entered where the pool is not known.
CREATE INDEX device_request_by_user_code ON device_request (user_mac);
