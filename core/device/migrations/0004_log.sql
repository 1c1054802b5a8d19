-- The server's audit log, as far as this phone knows it.

-- How many entries the log had when the server last said how an own change or record stands. A server that was restored
-- from a backup says how many of its entries are left; what it was told after those is offered again.
ALTER TABLE change ADD COLUMN told INTEGER;
ALTER TABLE record ADD COLUMN told INTEGER;

-- The signed states of the log that this phone has witnessed.
CREATE TABLE checkpoint (
    epoch  INTEGER NOT NULL,
    size   INTEGER NOT NULL,
    root   BLOB NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (epoch, size)
) STRICT, WITHOUT ROWID;
