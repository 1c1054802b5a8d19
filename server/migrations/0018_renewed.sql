-- Of which permit a record is that a newer one has superseded: who reads the feed from the beginning is given the newest in the place
-- of the first, before what was written under it. Those from before this column are left out of the feed, as they were.

ALTER TABLE superseded ADD COLUMN permit BYTEA;

CREATE INDEX superseded_permit ON superseded (permit);
