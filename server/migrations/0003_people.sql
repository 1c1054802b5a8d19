-- Who may do what, setting up, and divisions with their history.

ALTER TABLE person ADD COLUMN disabled_ms BIGINT;

-- What a person may do, and where: a division as the digits its codes begin with, and one body or all.
CREATE TABLE role_grant (
    person BYTEA NOT NULL,
    role TEXT NOT NULL,
    prefix TEXT NOT NULL,
    body BYTEA,
    PRIMARY KEY (person, role)
);

-- One-time codes with which people choose a password, hashed.
CREATE TABLE password_code (
    code BYTEA PRIMARY KEY,
    person BYTEA NOT NULL,
    expires_ms BIGINT NOT NULL
);

-- A division's name from its first day to its last, days since 1970-01-01 at +08:00; without a last day it goes on.
CREATE TABLE division (
    code TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT,
    PRIMARY KEY (code, from_day)
);

-- What an abolished division became: one successor is a merge, several are a split.
CREATE TABLE division_successor (
    code TEXT NOT NULL,
    successor TEXT NOT NULL,
    PRIMARY KEY (code, successor)
);

-- Where a site lies from which day on. site.division is the row of today.
CREATE TABLE site_division (
    site BYTEA NOT NULL,
    code TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT,
    PRIMARY KEY (site, from_day)
);
