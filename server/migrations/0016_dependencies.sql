-- All of a dependency, so that the rows need not be looked at: else SQLite walks through all dependencies of a document,
-- whose other index has all of it.
DROP INDEX dependency_change;
CREATE INDEX dependency_change ON dependency (document, change, dependency);
