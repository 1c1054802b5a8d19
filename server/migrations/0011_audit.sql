-- The audit log: every change of state, in order, under one tree (RFC 6962).

CREATE TABLE audit_entry (
    -- From 0, without gaps.
    position BIGINT PRIMARY KEY,
    bytes BYTEA NOT NULL
);

-- The hash of every whole subtree: level 0 are the entries' own.
CREATE TABLE audit_node (
    level SMALLINT NOT NULL,
    place BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, place)
);

-- A restore from a backup begins a new epoch, once a phone shows that it knows more; the log's size then.
CREATE TABLE audit_epoch (
    epoch BIGINT PRIMARY KEY,
    size BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);

INSERT INTO audit_epoch (epoch, size, at_ms) VALUES (1, 0, 0);

-- Signed states of the log, and which of them a phone has witnessed.
CREATE TABLE checkpoint (
    record BYTEA PRIMARY KEY,
    epoch BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    at_ms BIGINT NOT NULL
);

CREATE TABLE witness (
    record BYTEA PRIMARY KEY,
    device BYTEA NOT NULL,
    checkpoint BYTEA NOT NULL,
    received_ms BIGINT NOT NULL
);

CREATE INDEX witness_device ON witness (device);
