-- +goose Up
-- What changed last comes last, for exports that go on where they ended.
CREATE INDEX leads_updated ON leads (updated_at, id);
-- +goose Down
DROP INDEX leads_updated;
