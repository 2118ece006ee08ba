-- +goose Up
-- Times are milliseconds since 1970 UTC, documents are JSON decoded in Go: one
-- text serves SQLite and Postgres.

CREATE TABLE leads (
    id         TEXT   PRIMARY KEY,
    dup_key    TEXT   NOT NULL,
    domain     TEXT   NOT NULL,
    partner    TEXT   NOT NULL,
    stage      TEXT   NOT NULL,
    doc        TEXT   NOT NULL,
    entries    BIGINT NOT NULL, -- length of the lead's history
    version    BIGINT NOT NULL,
    wake_at    BIGINT,          -- the sweep looks at the lead then; null: no work is left
    wakes      BIGINT NOT NULL,
    card_by    BIGINT,          -- a person is asked then, facts or not; null: settled
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX leads_dup_key ON leads (dup_key) WHERE stage <> 'merged';
CREATE INDEX leads_created ON leads (created_at, id);
CREATE INDEX leads_stage ON leads (stage, created_at, id);
CREATE INDEX leads_domain ON leads (domain) WHERE domain <> '';
CREATE INDEX leads_wake ON leads (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX leads_card_by ON leads (card_by) WHERE card_by IS NOT NULL;

CREATE TABLE senders (
    name    TEXT NOT NULL,
    lead_id TEXT NOT NULL REFERENCES leads (id),
    PRIMARY KEY (name, lead_id)
);

CREATE TABLE requests (
    sender     TEXT   NOT NULL,
    idem_key   TEXT   NOT NULL,
    body_hash  TEXT   NOT NULL,
    lead_id    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (sender, idem_key)
);

CREATE TABLE history (
    lead_id TEXT   NOT NULL REFERENCES leads (id),
    seq     BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    PRIMARY KEY (lead_id, seq)
);

CREATE TABLE reviews (
    id          TEXT   PRIMARY KEY,
    lead_id     TEXT   NOT NULL REFERENCES leads (id),
    round       BIGINT NOT NULL,
    opened_at   BIGINT NOT NULL,
    channel     TEXT   NOT NULL,
    ts          TEXT   NOT NULL,
    decision    TEXT   NOT NULL, -- empty: open
    is_override BIGINT NOT NULL,
    decided_by  TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    decided_at  BIGINT,
    UNIQUE (lead_id, round)
);
CREATE INDEX reviews_open ON reviews (opened_at) WHERE decision = '';

CREATE TABLE effects (
    id          TEXT   PRIMARY KEY,
    lead_id     TEXT   NOT NULL REFERENCES leads (id),
    kind        TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    round       BIGINT NOT NULL,
    event       TEXT   NOT NULL,
    due_at      BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    attempts    BIGINT NOT NULL,
    revision    BIGINT NOT NULL,
    last_error  TEXT   NOT NULL,
    lease_until BIGINT NOT NULL, -- while sending: until then the worker that claimed it owns it
    wake_at     BIGINT NOT NULL, -- the sweep looks at it then, while it is unsettled
    wakes       BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (lead_id, kind, target, round)
);
CREATE INDEX effects_wake ON effects (wake_at) WHERE state IN ('pending', 'sending', 'unsure');

CREATE TABLE companies (
    domain      TEXT   PRIMARY KEY,
    doc         TEXT   NOT NULL, -- empty: never found
    found_at    BIGINT NOT NULL,
    lease_until BIGINT NOT NULL  -- one worker at a time reads a company
);

-- +goose Down
DROP TABLE companies;
DROP TABLE effects;
DROP TABLE reviews;
DROP TABLE history;
DROP TABLE requests;
DROP TABLE senders;
DROP TABLE leads;
