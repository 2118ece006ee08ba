-- +goose Up
-- Webhook targets that fail: since when without a success, and when they were switched off
-- for it (0: they are not). One that works has no row.
CREATE TABLE targets (
    name          TEXT   NOT NULL PRIMARY KEY,
    failing_since BIGINT NOT NULL,
    off_at        BIGINT NOT NULL
);

-- +goose Down
DROP TABLE targets;
