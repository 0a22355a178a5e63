-- Whose a domain is: names are unique on the whole server. What a domain is
-- stands among the resources of its pool.
CREATE TABLE domain_pool (
  name TEXT /*bytewise*/ NOT NULL,
  pool_id TEXT /*bytewise*/ NOT NULL,
  PRIMARY KEY (name)
) /*clustered*/;
CREATE INDEX domain_pool_by_pool ON domain_pool (pool_id);
