-- Fewer pages for each change that comes in. What an append costs is the pages it touches: each is read, kept for the case that
-- the write fails, logged, and brought home later. Rows that are appended in one order for everybody lie on a page together, and
-- an index over what is rare costs nothing for what is not.
--
-- `INTEGER PRIMARY KEY` is SQLite's own row number, which is no tree of its own; `WITHOUT ROWID` keeps the rows in the tree
-- of their key. Elsewhere they are BIGINT, counted by the database, and nothing.

CREATE TABLE lean_change (
    -- The order of arrival, of all documents.
    position INTEGER PRIMARY KEY,
    document BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    actor BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    start_op BIGINT NOT NULL,
    max_op BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    clock BYTEA NOT NULL,
    -- What it depends on, 32 bytes each.
    dependencies BYTEA NOT NULL,
    -- Empty when they are in the document's pack.
    bytes BYTEA NOT NULL,
    packed SMALLINT NOT NULL DEFAULT 0,
    -- Whether a signature of the device that opened its actor's session covers it.
    covered SMALLINT NOT NULL,
    -- waiting, accepted, held or declined; of the last two, why
    state TEXT NOT NULL,
    problem TEXT,
    detail TEXT,
    received_ms BIGINT NOT NULL,
    UNIQUE (document, hash),
    UNIQUE (document, actor, seq)
);

INSERT INTO lean_change (document, hash, actor, seq, start_op, max_op, time_ms, clock, dependencies, bytes, packed, covered,
                         state, problem, detail, received_ms)
    SELECT document, hash, actor, seq, start_op, max_op, time_ms, clock,
           COALESCE((SELECT UNHEX(GROUP_CONCAT(HEX(d.dependency), '')) FROM dependency d
                     WHERE d.document = c.document AND d.change = c.hash), X''),
           bytes, packed, covered, state, problem, detail, received_ms
    FROM change c ORDER BY document, position;

DROP TABLE change;
ALTER TABLE lean_change RENAME TO change;

-- Few are anything else for long. SQLite takes this index only where a query says the same words, `state <> 'accepted'`.
CREATE INDEX change_undecided ON change (document, state) WHERE state <> 'accepted';
CREATE INDEX change_unpacked ON change (document) WHERE packed = 0 AND state = 'accepted';

-- The other way round than a change has it itself: what depends on one.
CREATE TABLE lean_dependency (
    document BYTEA NOT NULL,
    dependency BYTEA NOT NULL,
    change BYTEA NOT NULL,
    PRIMARY KEY (document, dependency, change)
) WITHOUT ROWID;

INSERT INTO lean_dependency SELECT document, dependency, change FROM dependency ORDER BY document, dependency, change;
DROP TABLE dependency;
ALTER TABLE lean_dependency RENAME TO dependency;

-- By number, so that what is new in a document lies beside what was new in it before. A change's ops are those of its actor
-- from its `start_op` to its `max_op`.
CREATE TABLE lean_op (
    document BYTEA NOT NULL,
    counter BIGINT NOT NULL,
    actor BYTEA NOT NULL,
    map SMALLINT NOT NULL,
    name TEXT NOT NULL,
    seq BIGINT NOT NULL,
    value BYTEA NOT NULL,
    preds BYTEA NOT NULL,
    change BYTEA NOT NULL,
    time_ms BIGINT NOT NULL,
    -- Accepted, and overwritten by no accepted op.
    live SMALLINT NOT NULL,
    -- Overwritten by no op at all, whatever the state of either: what the gate compares with.
    top SMALLINT NOT NULL,
    PRIMARY KEY (document, counter, actor)
) WITHOUT ROWID;

INSERT INTO lean_op (document, counter, actor, map, name, seq, value, preds, change, time_ms, live, top)
    SELECT document, counter, actor, map, name, seq, value, preds, change, time_ms, live, top FROM op
    ORDER BY document, counter, actor;
DROP TABLE op;
ALTER TABLE lean_op RENAME TO op;

CREATE INDEX op_key ON op (document, map, name, top);

-- Photos are looked through with each change, for those that are kept apart.
CREATE INDEX evidence_held ON evidence (document) WHERE held = 1;

CREATE TABLE lean_feed (
    position INTEGER PRIMARY KEY,
    person BYTEA,
    document BYTEA,
    record BYTEA,
    change BYTEA
);

INSERT INTO lean_feed SELECT position, person, document, record, change FROM feed ORDER BY position;
DROP TABLE feed;
ALTER TABLE lean_feed RENAME TO feed;

-- Most rows are changes, which nobody looks for here.
CREATE INDEX feed_person ON feed (person, record) WHERE person IS NOT NULL;
CREATE INDEX feed_document ON feed (document, record) WHERE record IS NOT NULL;

-- What one phone has brought lies together: it brings of many documents at once.
CREATE TABLE lean_brought (
    device BYTEA NOT NULL,
    document BYTEA NOT NULL,
    actors BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (device, document)
) WITHOUT ROWID;

INSERT INTO lean_brought SELECT device, document, actors, changes, bytes FROM brought ORDER BY device, document;
DROP TABLE brought;
ALTER TABLE lean_brought RENAME TO brought;

CREATE TABLE lean_audit_entry (
    -- From 0, without gaps.
    position INTEGER PRIMARY KEY,
    bytes BYTEA NOT NULL
);

INSERT INTO lean_audit_entry SELECT position, bytes FROM audit_entry ORDER BY position;
DROP TABLE audit_entry;
ALTER TABLE lean_audit_entry RENAME TO audit_entry;

CREATE TABLE lean_audit_node (
    level SMALLINT NOT NULL,
    place BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, place)
) WITHOUT ROWID;

INSERT INTO lean_audit_node SELECT level, place, hash FROM audit_node ORDER BY level, place;
DROP TABLE audit_node;
ALTER TABLE lean_audit_node RENAME TO audit_node;
