-- What villages say, and the short codes they may type. Nothing here tells who: no address, no hour, no device.

-- Nine digits that stand for a permit where a code cannot be scanned; they follow from its id.
CREATE TABLE short_code (
    permit BYTEA PRIMARY KEY,
    code BIGINT NOT NULL
);

CREATE INDEX short_code_code ON short_code (code);

CREATE TABLE feedback (
    -- Drawn by the village's page: the same feedback sent twice is one.
    nonce BYTEA PRIMARY KEY,
    -- None when there was no code to read; it may name a permit that was never issued.
    permit BYTEA,
    -- 0 refused, 1 to 5 stars
    said SMALLINT NOT NULL,
    comment TEXT,
    -- Days since 1970-01-01 at +08:00, by the server's clock when the villager's cannot be right.
    day BIGINT NOT NULL,
    -- Whether an inspector's phone brought it.
    carried SMALLINT NOT NULL
);

CREATE INDEX feedback_permit ON feedback (permit);
CREATE INDEX feedback_day ON feedback (day);
