-- What an access key may do, in AWS's JSON form; empty for everything.
ALTER TABLE access_key ADD COLUMN policy TEXT NOT NULL DEFAULT '';
-- What an account may have in a region beyond the defaults: request rates by
-- category ("rate"), resources by quota ("quota").
CREATE TABLE account_limit (
  account TEXT /*bytewise*/ NOT NULL,
  region TEXT /*bytewise*/ NOT NULL,
  kind TEXT /*bytewise*/ NOT NULL,
  name TEXT /*bytewise*/ NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (account, region, kind, name)
) /*clustered*/;
