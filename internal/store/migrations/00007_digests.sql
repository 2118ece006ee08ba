-- +goose Up
-- One row a channel and working day, planned ahead: the key makes it once.
CREATE TABLE digests (
    channel     TEXT   NOT NULL,
    day         TEXT   NOT NULL,
    due_at      BIGINT NOT NULL, -- what happened until then is in it
    next_at     BIGINT NOT NULL, -- the next attempt; while sending: the end of its worker's lease
    state       TEXT   NOT NULL, -- pending, sending, unsure, delivered, quiet (nothing to tell), missed
    attempts    BIGINT NOT NULL,
    last_error  TEXT   NOT NULL,
    PRIMARY KEY (channel, day)
);
CREATE INDEX digests_next ON digests (next_at) WHERE state IN ('pending', 'sending', 'unsure');

-- +goose Down
DROP TABLE digests;
