-- +goose Up
-- Who is logged in to the console: the hash of each session's token, what it holds, and
-- until when it lasts.
CREATE TABLE sessions (
    token    TEXT   PRIMARY KEY,
    data     TEXT   NOT NULL, -- base64
    until_at BIGINT NOT NULL
);
CREATE INDEX sessions_until ON sessions (until_at);

-- Lists and figures of all leads read nothing but the index until a lead fits.
DROP INDEX leads_created;
CREATE INDEX leads_created ON leads (created_at, id, verdict, score, stage, partner) WHERE id <> '';
CREATE INDEX reviews_when ON reviews (decided_at) WHERE decision <> '';
DROP INDEX effects_failed;
CREATE INDEX effects_failed ON effects (kind, id) WHERE state = 'failed';

-- +goose Down
DROP INDEX effects_failed;
CREATE INDEX effects_failed ON effects (kind) WHERE state = 'failed';
DROP INDEX reviews_when;
DROP INDEX leads_created;
CREATE INDEX leads_created ON leads (created_at, id) WHERE id <> '';
DROP TABLE sessions;
