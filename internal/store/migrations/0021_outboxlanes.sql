-- What deliveries are claimed by: the lane, of which a node claims no more
-- than it has room for, and the end of the code's life, since those that end
-- first go first. claim counts the claims of a row; attempts counts what was
-- sent. The due time of a dead message is when it was given up. Messages that
-- are older than these columns have no owner and the longest life.
ALTER TABLE outbox ADD COLUMN lane TEXT /*bytewise*/ NOT NULL DEFAULT 'EMAIL';
ALTER TABLE outbox ADD COLUMN username TEXT /*bytewise*/ NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN expires BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN claim BIGINT NOT NULL DEFAULT 0;
UPDATE outbox SET expires = created + 86400000;
CREATE INDEX outbox_by_lane ON outbox (dead, lane, expires, due);
CREATE INDEX outbox_by_user ON outbox (pool_id, username);
