-- +goose Up
-- When an operator asked for pages and model to be asked again; what was found before does not count.
ALTER TABLE companies ADD COLUMN forgotten_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE companies DROP COLUMN forgotten_at;
