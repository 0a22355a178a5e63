-- The deletion of a client removes the registrations that have begun at it.
CREATE INDEX passkey_challenge_by_client ON passkey_challenge (pool_id, client_id);
