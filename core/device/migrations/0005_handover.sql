-- Handing over without a server.

-- Of what a colleague's phone brought, `standing` is also: 'handed', not known to be at the server and brought to it with
-- the next sync; 'relayed', the server has it; 'unrelayed', it did not take it from this phone.
DROP INDEX change_unsent;
CREATE INDEX change_unsent ON change (document, position) WHERE standing IN ('unsent', 'waiting', 'handed');
DROP INDEX record_unsent;
CREATE INDEX record_unsent ON record (position) WHERE standing IN ('unsent', 'waiting', 'handed');

-- Who has signed for which heads, so that what others wrote can be handed on. One that another takes in is dropped.
CREATE TABLE proof (
    position INTEGER PRIMARY KEY,
    document BLOB NOT NULL,
    -- the device that signed; the server's, when it is its word for what it has fed
    signer   BLOB NOT NULL,
    bytes    BLOB NOT NULL,
    UNIQUE (document, bytes)
) STRICT;
