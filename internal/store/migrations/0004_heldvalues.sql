-- A code proves the value that it was sent to; held is what the user's
-- attribute had then, which the proved value may take the place of.
ALTER TABLE code ADD COLUMN held TEXT NOT NULL DEFAULT '';
UPDATE code SET held = value;
