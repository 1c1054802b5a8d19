-- Permits on the phone.

-- The signature of each permit that counts: the one made last. `record` keeps the earlier ones too.
CREATE TABLE permit (
    id       BLOB PRIMARY KEY,
    record   BLOB NOT NULL,
    issued_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
