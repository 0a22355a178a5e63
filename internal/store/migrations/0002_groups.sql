CREATE TABLE user_group (
  pool_id TEXT /*bytewise*/ NOT NULL,
  name TEXT /*bytewise*/ NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (pool_id, name)
) /*clustered*/;

CREATE TABLE group_member (
  pool_id TEXT /*bytewise*/ NOT NULL,
  group_name TEXT /*bytewise*/ NOT NULL,
  username TEXT /*bytewise*/ NOT NULL,
  PRIMARY KEY (pool_id, group_name, username)
) /*clustered*/;
CREATE INDEX group_member_by_user ON group_member (pool_id, username, group_name);
