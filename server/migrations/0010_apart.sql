-- Photos, leaves and voids that are kept apart say why, as changes do; a void can be held too.

ALTER TABLE evidence ADD COLUMN problem TEXT;

ALTER TABLE evidence ADD COLUMN detail TEXT;

ALTER TABLE leave ADD COLUMN problem TEXT;

ALTER TABLE leave ADD COLUMN detail TEXT;

ALTER TABLE void ADD COLUMN problem TEXT;

ALTER TABLE void ADD COLUMN detail TEXT;

ALTER TABLE void ADD COLUMN held SMALLINT NOT NULL DEFAULT 0;

UPDATE evidence SET problem = 'from-revoked', detail = '' WHERE held = 1;

UPDATE leave SET problem = 'from-revoked', detail = '' WHERE held = 1;
