-- Text in the common subset of SQLite and PostgreSQL. Ids and hashes are BYTEA, times are BIGINT (ms since 1970 UTC).
-- Rows of record, change, op, session, leave, evidence and feed are added and never taken away; a change's state and an
-- op's liveness are the only columns of them that ever move.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

-- The county: what a county file says.

CREATE TABLE body (
    id BYTEA PRIMARY KEY,
    zh TEXT NOT NULL,
    en TEXT NOT NULL
);

CREATE TABLE person (
    id BYTEA PRIMARY KEY,
    record BYTEA NOT NULL,
    name TEXT NOT NULL,
    body BYTEA NOT NULL,
    login TEXT NOT NULL UNIQUE,
    password TEXT
);

CREATE TABLE site (
    id BYTEA PRIMARY KEY,
    record BYTEA NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    division TEXT NOT NULL
);

CREATE TABLE checklist (
    hash BYTEA PRIMARY KEY,
    record BYTEA NOT NULL
);

-- One row for each permit: one permit is one visit is one document.
CREATE TABLE inspection (
    document BYTEA PRIMARY KEY,
    permit BYTEA NOT NULL UNIQUE,
    record BYTEA NOT NULL,
    plan_item BYTEA NOT NULL,
    site BYTEA NOT NULL,
    checklist BYTEA NOT NULL,
    year BIGINT NOT NULL,
    closes_ms BIGINT NOT NULL,
    closed_ms BIGINT
);

CREATE INDEX inspection_site ON inspection (site, year);
CREATE INDEX inspection_closes ON inspection (closes_ms) WHERE closed_ms IS NULL;

CREATE TABLE team (
    document BYTEA NOT NULL,
    person BYTEA NOT NULL,
    PRIMARY KEY (document, person)
);

CREATE INDEX team_person ON team (person, document);

-- Phones.

CREATE TABLE device (
    id BYTEA PRIMARY KEY,
    record BYTEA NOT NULL,
    name TEXT NOT NULL,
    counter BIGINT NOT NULL,
    seen_ms BIGINT
);

CREATE TABLE device_person (
    device BYTEA NOT NULL,
    person BYTEA NOT NULL,
    PRIMARY KEY (device, person)
);

CREATE TABLE enrol_code (
    code BYTEA PRIMARY KEY,
    name TEXT NOT NULL,
    expires_ms BIGINT NOT NULL,
    device BYTEA
);

CREATE TABLE enrol_code_person (
    code BYTEA NOT NULL,
    person BYTEA NOT NULL,
    PRIMARY KEY (code, person)
);

-- The three lanes.

CREATE TABLE record (
    id BYTEA PRIMARY KEY,
    kind TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    device BYTEA,
    received_ms BIGINT NOT NULL
);

CREATE TABLE session (
    actor BYTEA PRIMARY KEY,
    record BYTEA NOT NULL,
    person BYTEA NOT NULL,
    device BYTEA NOT NULL
);

CREATE TABLE change (
    document BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    position BIGINT NOT NULL,
    actor BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    start_op BIGINT NOT NULL,
    max_op BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    clock BYTEA NOT NULL,
    bytes BYTEA NOT NULL,
    -- Whether a signature of the device that opened its actor's session covers it.
    covered SMALLINT NOT NULL,
    -- waiting, accepted or held
    state TEXT NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (document, hash),
    UNIQUE (document, actor, seq),
    UNIQUE (document, position)
);

CREATE INDEX change_state ON change (document, state);

CREATE TABLE dependency (
    document BYTEA NOT NULL,
    dependency BYTEA NOT NULL,
    change BYTEA NOT NULL,
    PRIMARY KEY (document, dependency, change)
);

CREATE INDEX dependency_change ON dependency (document, change);

CREATE TABLE op (
    document BYTEA NOT NULL,
    map SMALLINT NOT NULL,
    name TEXT NOT NULL,
    counter BIGINT NOT NULL,
    actor BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    value BYTEA NOT NULL,
    preds BYTEA NOT NULL,
    change BYTEA NOT NULL,
    time_ms BIGINT NOT NULL,
    -- Accepted, and overwritten by no accepted op.
    live SMALLINT NOT NULL,
    -- Overwritten by no op at all, whatever the state of either: what the gate compares with.
    top SMALLINT NOT NULL,
    PRIMARY KEY (document, map, name, counter, actor)
);

CREATE INDEX op_top ON op (document, map, name) WHERE top = 1;

CREATE INDEX op_change ON op (document, change);

CREATE TABLE leave (
    record BYTEA PRIMARY KEY,
    position BIGINT NOT NULL UNIQUE,
    document BYTEA NOT NULL,
    person BYTEA NOT NULL,
    device BYTEA NOT NULL,
    -- 32 bytes each
    heads BYTEA NOT NULL,
    wall_ms BIGINT NOT NULL
);

CREATE INDEX leave_document ON leave (document, person);

CREATE TABLE evidence (
    record BYTEA PRIMARY KEY,
    document BYTEA NOT NULL,
    person BYTEA NOT NULL,
    device BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    previous BYTEA,
    original BYTEA NOT NULL,
    original_bytes BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    rendition BYTEA NOT NULL,
    rendition_bytes BIGINT NOT NULL,
    thumbnail BYTEA NOT NULL,
    thumbnail_bytes BIGINT NOT NULL,
    UNIQUE (device, sequence)
);

CREATE INDEX evidence_document ON evidence (document);
CREATE INDEX evidence_thumbnail ON evidence (thumbnail);
CREATE INDEX evidence_rendition ON evidence (rendition);
CREATE INDEX evidence_original ON evidence (original);

CREATE TABLE blob (
    sha256 BYTEA PRIMARY KEY,
    bytes BIGINT NOT NULL,
    arrived_ms BIGINT NOT NULL
);

-- What is new, in one order. A row is for one person, or for all who may see one document; it brings one record or one change.
CREATE TABLE feed (
    position BIGINT PRIMARY KEY,
    person BYTEA,
    document BYTEA,
    record BYTEA,
    change BYTEA
);

CREATE INDEX feed_person ON feed (person, record);
CREATE INDEX feed_document ON feed (document, record);

-- Supervisors at work on the page.

CREATE TABLE login_session (
    token BYTEA PRIMARY KEY,
    person BYTEA NOT NULL,
    expires_ms BIGINT NOT NULL
);
