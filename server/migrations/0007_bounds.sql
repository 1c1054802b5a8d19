-- Bounds that hold whatever is brought: counts of what names no visit, links and who made them, and the indexes that
-- keep a large table from being read once for each of its lines.

-- How much that names no visit of ours arrived on a day.
CREATE TABLE stray_count (
    day BIGINT NOT NULL,
    refused SMALLINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (day, refused)
);

-- Every link for choosing a password that was made: for whom, when, and by whom (none: on the server's command line).
CREATE TABLE password_link (
    person BYTEA NOT NULL,
    made_ms BIGINT NOT NULL,
    made_by BYTEA,
    -- When the password was chosen by it.
    used_ms BIGINT
);

CREATE INDEX password_link_person ON password_link (person, made_ms);

-- When the role of approver was taken back last: their login stays as guarded as it was.
ALTER TABLE person ADD COLUMN approver_until_ms BIGINT;

CREATE INDEX site_division_code ON site_division (code);
CREATE INDEX site_zh ON site (zh);
CREATE INDEX site_place ON site (division);
