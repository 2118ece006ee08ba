-- +goose Up
-- Who was given which lead. id: the effect that gave it, or what else tells two apart;
-- seq: of a turn on a wheel, one after the other over all pools; doc: the owner as it was
-- recorded on the lead; is_open: whether the lead is among the person's open ones.
CREATE TABLE assignments (
    id      TEXT PRIMARY KEY,
    lead_id TEXT NOT NULL,
    person  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    seq     BIGINT UNIQUE,
    is_open BIGINT NOT NULL,
    doc     TEXT NOT NULL
);
CREATE INDEX assignments_lead ON assignments (lead_id);
CREATE INDEX assignments_open ON assignments (person) WHERE is_open = 1;
CREATE INDEX assignments_at ON assignments (at);

-- How far each person's turns in a pool have come; without a person: the pool itself.
CREATE TABLE seats (
    pool   TEXT NOT NULL,
    person TEXT NOT NULL,
    level  BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (pool, person)
);

-- +goose Down
DROP TABLE seats;
DROP TABLE assignments;
