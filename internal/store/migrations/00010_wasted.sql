-- +goose Up
-- How many answers of the model about the company were of no use, one after the
-- other; when it may be asked about again; and what was found all the same, as JSON.
ALTER TABLE companies ADD COLUMN wasted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE companies ADD COLUMN again_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE companies ADD COLUMN stated TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE companies DROP COLUMN stated;
ALTER TABLE companies DROP COLUMN again_at;
ALTER TABLE companies DROP COLUMN wasted;
