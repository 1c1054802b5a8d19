-- People of one phone.

-- Their PINs, hashed by argon2id with the cost that stands beside the hash.
CREATE TABLE pin (
    person        BLOB PRIMARY KEY,
    salt          BLOB NOT NULL,
    hash          BLOB NOT NULL,
    memory_kib    INTEGER NOT NULL,
    passes        INTEGER NOT NULL,
    lanes         INTEGER NOT NULL,
    -- wrong ones since the last right one
    wrong         INTEGER NOT NULL DEFAULT 0,
    -- the monotonic clock at the last wrong one
    wrong_mono_ms INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
