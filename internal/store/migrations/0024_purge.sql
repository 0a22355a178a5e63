-- When a pool was deleted: what Updates that had begun before leave in it is
-- swept too.
ALTER TABLE purge ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;
