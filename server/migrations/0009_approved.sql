-- When a permit was signed first: each signing anew moves issued_s. Before this column nobody kept it.
ALTER TABLE inspection ADD COLUMN approved_ms BIGINT;

UPDATE inspection SET approved_ms = issued_s * 1000;
