-- Work that is not in force and will not be by itself: declined, refused, or standing on such. The document goes on without it:
-- it is no head, and none of its puts is live.
ALTER TABLE change ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;
CREATE INDEX change_apart ON change (document, actor, seq) WHERE apart = 1;
CREATE INDEX change_turned_down ON change (document) WHERE standing IN ('declined', 'refused', 'unrelayed') OR problem = 'declined';
