-- +goose Up
-- What the searches under way may still cost of the day's budget, in millionths of a
-- US dollar, until their workers are taken for dead; and what those cost that have
-- ended and whose leads are not committed yet. The row without a company is locked by
-- whoever reserves, so that two never do at once.
CREATE TABLE reserved (
    domain          TEXT PRIMARY KEY,
    until_at        BIGINT NOT NULL,
    micro_usd       BIGINT NOT NULL,
    spent_micro_usd BIGINT NOT NULL
);
INSERT INTO reserved (domain, until_at, micro_usd, spent_micro_usd) VALUES ('', 0, 0, 0);

-- +goose Down
DROP TABLE reserved;
