-- Every step in what people may do: whoever judges later what was done can see who might then, and who let them.

CREATE TABLE right_step (
    person BYTEA NOT NULL,
    -- The order of the steps; times may be equal.
    position BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    -- Who took it; none on the server's command line and at setting up.
    by_person BYTEA,
    -- given, taken, disabled or enabled; a role and where with the first, a role with the second.
    deed TEXT NOT NULL,
    role TEXT,
    prefix TEXT,
    body BYTEA,
    PRIMARY KEY (person, position)
);

-- What stands now was given at a time that nobody kept.
INSERT INTO right_step (person, position, at_ms, deed, role, prefix, body)
    SELECT person, ROW_NUMBER() OVER (PARTITION BY person ORDER BY role), 0, 'given', role, prefix, body FROM role_grant;

INSERT INTO right_step (person, position, at_ms, deed, role)
    SELECT id, 100, approver_until_ms, 'taken', 'approver' FROM person WHERE approver_until_ms IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM role_grant g WHERE g.person = person.id AND g.role = 'approver');

INSERT INTO right_step (person, position, at_ms, deed)
    SELECT id, 101, disabled_ms, 'disabled' FROM person WHERE disabled_ms IS NOT NULL;

ALTER TABLE person DROP COLUMN approver_until_ms;
