-- +goose Up
-- What opens a page to somebody outside: of each link's token the hash alone is kept. A
-- partner's status page has no end and no lead; a link to answer a question, or out of the
-- e-mails to an address (the hash of which is in about), ends.
CREATE TABLE links (
    hash       TEXT   PRIMARY KEY,
    use        TEXT   NOT NULL, -- page, answer, optout
    partner    TEXT   NOT NULL,
    lead_id    TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at    BIGINT           -- null: when it is revoked
);
CREATE INDEX links_partner ON links (partner, use);
CREATE INDEX links_ends ON links (ends_at) WHERE ends_at IS NOT NULL;

-- Who wants no e-mails, by the hash of the address.
CREATE TABLE optouts (
    address TEXT   PRIMARY KEY,
    at      BIGINT NOT NULL
);

-- +goose Down
DROP TABLE optouts;
DROP TABLE links;
