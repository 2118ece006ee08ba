-- +goose Up
-- Why an approval was revoked; empty: it was not, an undo says none.
ALTER TABLE reviews ADD COLUMN undone_why TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE reviews DROP COLUMN undone_why;
