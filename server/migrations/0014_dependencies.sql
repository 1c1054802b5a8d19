-- All of a dependency, so that the rows need not be looked at: else SQLite walks through all dependencies of a document,
-- whose other index has all of it.
DROP INDEX dependency_change;
CREATE INDEX dependency_change ON dependency (document, change, dependency);

-- Photos of one phone in one inspection are counted for each that it brings.
CREATE INDEX evidence_brought ON evidence (document, device);
