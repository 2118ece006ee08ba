-- +goose Up
-- When the leads that other partners sent of the same company are to hear of a
-- change in this one; null: they know.
ALTER TABLE leads ADD COLUMN tell_at BIGINT;
CREATE INDEX leads_tell ON leads (tell_at) WHERE tell_at IS NOT NULL;
-- Leads that came in before are told of once.
UPDATE leads SET tell_at = created_at WHERE domain <> '';

-- +goose Down
DROP INDEX leads_tell;
ALTER TABLE leads DROP COLUMN tell_at;
