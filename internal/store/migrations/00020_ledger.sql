-- +goose Up
-- What partners and channels cost, what partners were paid, and how often pages about them
-- were visited. Amounts are in the smallest unit of their currency, with so many digits
-- behind the point; months are YYYY-MM.
CREATE TABLE costs (
    partner         TEXT   NOT NULL, -- empty: of a channel
    channel         TEXT   NOT NULL,
    month           TEXT   NOT NULL,
    kind            TEXT   NOT NULL,
    amount          BIGINT NOT NULL,
    amount_digits   BIGINT NOT NULL,
    amount_currency TEXT   NOT NULL,
    PRIMARY KEY (partner, channel, month, kind)
);
CREATE TABLE payouts (
    partner         TEXT   NOT NULL,
    month           TEXT   NOT NULL,
    amount          BIGINT NOT NULL,
    amount_digits   BIGINT NOT NULL,
    amount_currency TEXT   NOT NULL,
    PRIMARY KEY (partner, month)
);
CREATE TABLE traffic (
    partner  TEXT   NOT NULL,
    page     TEXT   NOT NULL,
    day      TEXT   NOT NULL,
    sessions BIGINT NOT NULL,
    PRIMARY KEY (partner, page, day)
);

-- +goose Down
DROP TABLE traffic;
DROP TABLE payouts;
DROP TABLE costs;
