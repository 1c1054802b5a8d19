-- Handing over without a server.

-- Of what a colleague's phone brought, `standing` is also: 'handed', not known to be at the server and brought to it with
-- the next sync; 'relayed', the server has it; 'unrelayed', it did not take it from this phone.
DROP INDEX change_unsent;
CREATE INDEX change_unsent ON change (document, position) WHERE standing IN ('unsent', 'waiting', 'handed');
DROP INDEX record_unsent;
CREATE INDEX record_unsent ON record (position) WHERE standing IN ('unsent', 'waiting', 'handed');

-- What the server has fed is `told` too: it may be set back behind that, and its author's phone be gone.
CREATE INDEX change_untold ON change (document) WHERE standing = 'received' AND told IS NULL;
CREATE INDEX record_untold ON record (kind) WHERE standing = 'received' AND told IS NULL
    AND kind IN ('wurao/session', 'wurao/late', 'wurao/evidence', 'wurao/void', 'wurao/leave');

-- Who has signed for which heads, so that what others wrote can be handed on. One that another takes in is dropped.
CREATE TABLE proof (
    position INTEGER PRIMARY KEY,
    document BLOB NOT NULL,
    -- the device that signed; the server's, when it is its word for what it has fed
    signer   BLOB NOT NULL,
    bytes    BLOB NOT NULL,
    UNIQUE (document, bytes)
) STRICT;
