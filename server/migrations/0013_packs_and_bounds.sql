-- Packed changes, and how much a phone has brought.

-- The bodies of a document's accepted changes, packed into one once the visit is long over.

CREATE TABLE pack (
    document BYTEA PRIMARY KEY,
    bytes BYTEA NOT NULL,
    changes BIGINT NOT NULL,
    -- Bytes of the bodies in it.
    unpacked_bytes BIGINT NOT NULL,
    packed_ms BIGINT NOT NULL
);

-- Documents that could not be packed, or not with proof: they are left as they are until somebody has looked.
CREATE TABLE pack_fault (
    document BYTEA PRIMARY KEY,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);

-- Whether a change's body is in its document's pack; then its own bytes are empty.
ALTER TABLE change ADD COLUMN packed SMALLINT NOT NULL DEFAULT 0;

CREATE INDEX change_unpacked ON change (document) WHERE packed = 0 AND state = 'accepted';

-- What each phone has brought of each document, and on its last day: how much it may is bounded.
CREATE TABLE brought (
    document BYTEA NOT NULL,
    device BYTEA NOT NULL,
    actors BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (document, device)
);

INSERT INTO brought (document, device, actors, changes, bytes)
    SELECT c.document, s.device, COUNT(DISTINCT c.actor), COUNT(*), SUM(LENGTH(c.bytes))
    FROM change c JOIN session s ON s.actor = c.actor GROUP BY c.document, s.device;

CREATE TABLE brought_day (
    device BYTEA NOT NULL,
    -- Days since 1970-01-01 UTC.
    day BIGINT NOT NULL,
    records BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (device, day)
);
