-- +goose Up
-- A merged lead keeps its key: what comes with it joins the lead that it was
-- merged into.
DROP INDEX leads_dup_key;
CREATE UNIQUE INDEX leads_dup_key ON leads (dup_key);
ALTER TABLE leads ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';

-- What is done once in a while, whatever the number of workers.
CREATE TABLE chores (
    name   TEXT   PRIMARY KEY,
    due_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE chores;
ALTER TABLE leads DROP COLUMN merged_into;
DROP INDEX leads_dup_key;
CREATE UNIQUE INDEX leads_dup_key ON leads (dup_key) WHERE stage <> 'merged';
