-- Where in the feed somebody begins who was let in again: all of it was fed to them anew from there on, in its order. What
-- came meanwhile stands before that and on things which they were not sent.
ALTER TABLE person ADD COLUMN fed_from BIGINT NOT NULL DEFAULT 0;
