-- Permits and what becomes of them: trust lists, withdrawals, late registrations, voids, revoked phones.

-- The keys that sign permits; their secrets lie in the key folder as permit-<number>.key. Seconds since 1970 UTC.
CREATE TABLE permit_key (
    number BIGINT PRIMARY KEY,
    public BYTEA NOT NULL,
    from_s BIGINT NOT NULL,
    until_s BIGINT,
    revoked_s BIGINT
);

CREATE TABLE trust_list (
    sequence BIGINT PRIMARY KEY,
    record BYTEA NOT NULL,
    at_s BIGINT NOT NULL
);

-- The body that inspects; the permit's days and when it was signed last, seconds since 1970 UTC. An inspection without
-- a permit (a late registration) has neither days nor plan item, and its record is the registration's.
ALTER TABLE inspection ADD COLUMN body BYTEA;
ALTER TABLE inspection ADD COLUMN from_s BIGINT;
ALTER TABLE inspection ADD COLUMN to_s BIGINT;
ALTER TABLE inspection ADD COLUMN issued_s BIGINT;
-- The number of the key that signed the permit.
ALTER TABLE inspection ADD COLUMN permit_key BIGINT;
ALTER TABLE inspection ADD COLUMN withdrawn_ms BIGINT;
ALTER TABLE inspection ADD COLUMN withdrawn_by BYTEA;
ALTER TABLE inspection ADD COLUMN withdrawn_reason TEXT;
-- When it was voided, by the clock of who did it: what was written before is as it was.
ALTER TABLE inspection ADD COLUMN voided_ms BIGINT;
ALTER TABLE inspection ADD COLUMN voided_reason TEXT;

CREATE INDEX inspection_withdrawn ON inspection (to_s) WHERE withdrawn_ms IS NOT NULL;

-- Permits that were signed anew: who did not get them needs them no more.
CREATE TABLE superseded (
    record BYTEA PRIMARY KEY
);

-- Why a change is held or declined: the code of a problem, and more about it.
ALTER TABLE change ADD COLUMN problem TEXT;
ALTER TABLE change ADD COLUMN detail TEXT;

-- What a session says about its clock: the server's time it knows, and whether the clock cannot have been right.
ALTER TABLE session ADD COLUMN server_ms BIGINT;
ALTER TABLE session ADD COLUMN doubtful SMALLINT NOT NULL DEFAULT 0;

-- Photos of a revoked phone are no part of the inspection until somebody takes them in: 1 held, 2 declined.
ALTER TABLE evidence ADD COLUMN held SMALLINT NOT NULL DEFAULT 0;
-- The same of leaves, which then close nothing.
ALTER TABLE leave ADD COLUMN held SMALLINT NOT NULL DEFAULT 0;

ALTER TABLE device ADD COLUMN enrolled_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN revoked_ms BIGINT;
ALTER TABLE device ADD COLUMN revoked_by BYTEA;
ALTER TABLE device ADD COLUMN revoked_reason TEXT;
-- When it was first told to destroy itself.
ALTER TABLE device ADD COLUMN wiped_ms BIGINT;
-- What it said it holds, the last time it was heard.
ALTER TABLE device ADD COLUMN holds_changes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN holds_records BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN holds_files BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN holds_bytes BIGINT NOT NULL DEFAULT 0;

CREATE TABLE late (
    record BYTEA PRIMARY KEY,
    document BYTEA NOT NULL,
    person BYTEA NOT NULL,
    device BYTEA NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT NOT NULL,
    standing TEXT NOT NULL,
    filed_ms BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    -- 1 registered, 0 not; none until an approver decides.
    registered SMALLINT,
    decided_by BYTEA,
    decided_ms BIGINT,
    decided_reason TEXT
);

CREATE INDEX late_document ON late (document, person);

CREATE TABLE void (
    record BYTEA PRIMARY KEY,
    document BYTEA NOT NULL,
    person BYTEA NOT NULL,
    device BYTEA NOT NULL,
    reason TEXT NOT NULL,
    wall_ms BIGINT NOT NULL,
    received_ms BIGINT NOT NULL
);

-- What was accepted of a person's visit, and why it had been held: more of the visit is not held for that again.
CREATE TABLE waiver (
    document BYTEA NOT NULL,
    person BYTEA NOT NULL,
    actor BYTEA NOT NULL,
    problem TEXT NOT NULL,
    detail TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (document, person, actor, problem, detail)
);

-- Decisions of people about an inspection: what the page tells of them.
CREATE TABLE decision (
    record BYTEA PRIMARY KEY,
    document BYTEA NOT NULL,
    verdict TEXT NOT NULL,
    person BYTEA,
    reason TEXT,
    at_ms BIGINT NOT NULL
);

CREATE INDEX decision_document ON decision (document, at_ms);
