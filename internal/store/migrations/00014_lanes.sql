-- +goose Up
-- The far side that an effect goes to; its place among the lead's effects; and
-- since when it is tried, from which giving up counts.
ALTER TABLE effects ADD COLUMN lane TEXT NOT NULL DEFAULT '';
ALTER TABLE effects ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
UPDATE effects SET lane = CASE kind WHEN 'webhook' THEN 'webhook' ELSE 'slack' END, since = created_at, seq = created_at;
CREATE INDEX effects_lane ON effects (lead_id, lane, seq);

-- +goose Down
DROP INDEX effects_lane;
ALTER TABLE effects DROP COLUMN since;
ALTER TABLE effects DROP COLUMN seq;
ALTER TABLE effects DROP COLUMN lane;
