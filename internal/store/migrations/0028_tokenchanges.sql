-- What the function of the pool has changed in the tokens of a code, sealed.
ALTER TABLE authorization_code ADD COLUMN sealed BYTEA NOT NULL DEFAULT '';
