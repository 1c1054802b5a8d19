-- When an inspection was first seen to be long overdue: a clock that leapt says so too, and is given time to come back.
ALTER TABLE inspection ADD COLUMN overdue_ms BIGINT;

CREATE INDEX inspection_overdue ON inspection (overdue_ms) WHERE overdue_ms IS NOT NULL;
