-- +goose Up
-- What the model cost, by UTC day and the partner whose lead asked.
CREATE TABLE spend (
    day               TEXT   NOT NULL,
    partner           TEXT   NOT NULL,
    calls             BIGINT NOT NULL,
    prompt_tokens     BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    cached_tokens     BIGINT NOT NULL,
    micro_usd         BIGINT NOT NULL,
    PRIMARY KEY (day, partner)
);

-- +goose Down
DROP TABLE spend;
