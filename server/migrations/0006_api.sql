-- Other systems that read: accounts with a token, each within a division and perhaps a body.

CREATE TABLE service_account (
    id BYTEA PRIMARY KEY,
    name TEXT NOT NULL,
    -- The hash of its token, which is shown once and kept nowhere.
    token BYTEA NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    body BYTEA,
    -- The names of its rights, one space between them.
    rights TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    -- Nobody: the command line.
    created_by BYTEA,
    expires_ms BIGINT NOT NULL,
    revoked_ms BIGINT,
    -- To the minute.
    used_ms BIGINT
);
