-- A pool's signing keys can be replaced. A key signs from the time signs until
-- a later key of its use does, and its tokens are verified until expires. Both
-- are 0 for a key that has signed since the pool's first token and that no
-- other is to follow: the keys that are there, and those that nodes insert
-- which do not know the columns.
-- use_for of a pool's first keys is the use alone, as such nodes read and
-- insert it. Of a later key it is the use, a space and the key's id, which such
-- nodes leave alone: they sign and verify with the first keys.
ALTER TABLE signing_key ADD COLUMN signs BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN expires BIGINT NOT NULL DEFAULT 0;
CREATE INDEX signing_key_by_expiry ON signing_key (expires);
