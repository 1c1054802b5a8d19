-- What a phone keeps. Times are ms since 1970 UTC by the phone's clock unless said otherwise.

-- Single values: the server's name and key, the cursor, the request counter, the last server time.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Every record held, own and received, verified before it came in. `subject` is what it is about: the id of a person,
-- site, device, permit or plan item, the actor of a session, the document of a leave, evidence entry or decision.
CREATE TABLE record (
    position INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    kind     TEXT NOT NULL,
    subject  BLOB NOT NULL,
    bytes    BLOB NOT NULL,
    -- 'received', or for own ones 'unsent', 'taken', 'waiting', 'held', 'refused'
    standing TEXT NOT NULL,
    problem  TEXT,
    detail   TEXT
) STRICT;
CREATE INDEX record_by_subject ON record (kind, subject);
CREATE INDEX record_unsent ON record (position) WHERE standing IN ('unsent', 'waiting');

-- Inspections that were started here or of which something arrived.
CREATE TABLE document (
    id        BLOB PRIMARY KEY,
    permit    BLOB NOT NULL,
    site      BLOB NOT NULL,
    checklist BLOB NOT NULL,
    -- when it was started on this phone; null while only colleagues' work is known
    started_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
    position INTEGER PRIMARY KEY,
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    actor    BLOB NOT NULL,
    seq      INTEGER NOT NULL,
    start_op INTEGER NOT NULL,
    max_op   INTEGER NOT NULL,
    time_ms  INTEGER NOT NULL,
    clock    BLOB NOT NULL,
    bytes    BLOB NOT NULL,
    standing TEXT NOT NULL,
    problem  TEXT,
    detail   TEXT,
    UNIQUE (document, hash),
    UNIQUE (document, actor, seq)
) STRICT;
CREATE INDEX change_unsent ON change (document, position) WHERE standing IN ('unsent', 'waiting');

CREATE TABLE head (
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    PRIMARY KEY (document, hash)
) STRICT, WITHOUT ROWID;

-- The projection: every put, and whether something known here has overwritten it.
CREATE TABLE op (
    document BLOB NOT NULL,
    map      INTEGER NOT NULL,
    key      TEXT NOT NULL,
    counter  INTEGER NOT NULL,
    actor    BLOB NOT NULL,
    seq      INTEGER NOT NULL,
    value    BLOB NOT NULL,
    preds    BLOB NOT NULL,
    change   BLOB NOT NULL,
    time_ms  INTEGER NOT NULL,
    live     INTEGER NOT NULL,
    PRIMARY KEY (document, map, key, counter, actor)
) STRICT, WITHOUT ROWID;

-- What came from outside and did not pass: kept for diagnosis, never asked for again.
CREATE TABLE quarantine (
    position INTEGER PRIMARY KEY,
    document BLOB,
    bytes    BLOB NOT NULL,
    problem  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    at_ms    INTEGER NOT NULL
) STRICT;

-- Photos attached here, from the copy of the file to the signed entry; each column is filled when its step is durable.
CREATE TABLE photo (
    position   INTEGER PRIMARY KEY,
    document   BLOB NOT NULL,
    question   TEXT NOT NULL,
    instance   TEXT NOT NULL,
    original   BLOB NOT NULL,
    bytes      INTEGER NOT NULL,
    actor      BLOB NOT NULL,
    wall_ms    INTEGER NOT NULL,
    mono_ms    INTEGER NOT NULL,
    server_ms  INTEGER,
    entry      BLOB,
    problem    TEXT,
    UNIQUE (document, question, instance, original)
) STRICT;

-- Files of this phone that the server shall have, in the order of `class`: 0 thumbnail, 1 rendition, 2 original.
CREATE TABLE blob (
    sha256   BLOB PRIMARY KEY,
    bytes    INTEGER NOT NULL,
    class    INTEGER NOT NULL,
    -- the signed entry that announces it
    entry    BLOB NOT NULL,
    path     TEXT,
    uploaded INTEGER NOT NULL,
    -- why it cannot be sent: the file here is damaged beyond mending
    problem  TEXT
) STRICT, WITHOUT ROWID;
