-- Where in the feed somebody joined a team whose document had a feed before, which was fed to them anew from there on, behind the
-- permit: what stands before that in the document's own feed is not theirs to be sent.
ALTER TABLE team ADD COLUMN fed_from BIGINT NOT NULL DEFAULT 0;
