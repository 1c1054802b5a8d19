-- The annual plan: plan items with their states and history, base counts, which level may inspect which.

-- One kind of inspection, from the first draft on. Once approved it has a record, which is what phones get.
CREATE TABLE plan_item (
    id BYTEA PRIMARY KEY,
    record BYTEA,
    year BIGINT NOT NULL,
    -- Drawn at submission: 2026-017, or A2026-003 for an ad-hoc item.
    number TEXT UNIQUE,
    -- plan or ad-hoc
    kind TEXT NOT NULL,
    -- Why an ad-hoc item cannot wait for the plan.
    reason TEXT NOT NULL,
    body BYTEA NOT NULL,
    -- province, city, county or township: the level of the body that inspects.
    level TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    -- Days since 1970-01-01 in the county's zone.
    from_day BIGINT,
    to_day BIGINT,
    checklist BYTEA,
    minutes BIGINT,
    -- draft, submitted, returned, approved, withdrawn or merged; running and done follow from the inspections.
    state TEXT NOT NULL,
    merged_into BYTEA,
    -- Why an approver let it exceed the base count.
    override_reason TEXT,
    -- The digits of the area that its drafter plans for.
    division TEXT NOT NULL,
    drafted_by BYTEA,
    submitted_by BYTEA,
    -- Rises with every write, so that nobody approves what they have not read.
    version BIGINT NOT NULL
);

CREATE INDEX plan_item_year ON plan_item (year, body, level);

CREATE TABLE plan_site (
    item BYTEA NOT NULL,
    site BYTEA NOT NULL,
    -- Once approved; whether it was withdrawn is told by its inspection.
    permit BYTEA,
    PRIMARY KEY (item, site)
);

CREATE INDEX plan_site_site ON plan_site (site);

CREATE TABLE plan_team (
    item BYTEA NOT NULL,
    person BYTEA NOT NULL,
    PRIMARY KEY (item, person)
);

-- A visit of another item that is made together with this item's: one visit avoided.
CREATE TABLE plan_joint (
    item BYTEA NOT NULL,
    site BYTEA NOT NULL,
    other BYTEA NOT NULL,
    PRIMARY KEY (item, site, other)
);

CREATE INDEX plan_joint_other ON plan_joint (other);

-- Every step of an item; nobody's hand (NULL) is that of a county file.
CREATE TABLE plan_step (
    item BYTEA NOT NULL,
    position BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    person BYTEA,
    -- drafted, edited, submitted, returned, approved, overridden, merged, joined, parted, withdrawn, permit-withdrawn, loaded
    deed TEXT NOT NULL,
    comment TEXT NOT NULL,
    PRIMARY KEY (item, position)
);

-- The last number drawn, by year and kind.
CREATE TABLE plan_number (
    year BIGINT NOT NULL,
    kind TEXT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (year, kind)
);

-- Visits of a body at a level in a base year; a later year's plan may only stay at or below it.
CREATE TABLE plan_base (
    body BYTEA NOT NULL,
    level TEXT NOT NULL,
    year BIGINT NOT NULL,
    visits BIGINT NOT NULL,
    PRIMARY KEY (body, level, year)
);

-- Which level of a body may inspect which level of a site. What is not here is refused.
CREATE TABLE plan_level (
    level TEXT NOT NULL,
    site_level TEXT NOT NULL,
    PRIMARY KEY (level, site_level)
);

INSERT INTO plan_level (level, site_level) VALUES
    ('province', 'city'),
    ('province', 'county'),
    ('city', 'county'),
    ('city', 'township'),
    ('county', 'township'),
    ('county', 'village'),
    ('township', 'village');
