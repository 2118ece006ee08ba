-- +goose Up
-- What became of leads, by those who know it. Amounts are in the smallest unit of their
-- currency, which has so many digits behind the point; without a currency none is stated.
CREATE TABLE outcomes (
    lead_id         TEXT   NOT NULL REFERENCES leads (id),
    id              TEXT   NOT NULL,
    type            TEXT   NOT NULL,
    at              BIGINT NOT NULL,
    sender          TEXT   NOT NULL,
    amount          BIGINT NOT NULL,
    amount_digits   BIGINT NOT NULL,
    amount_currency TEXT   NOT NULL,
    arr             BIGINT NOT NULL,
    arr_digits      BIGINT NOT NULL,
    arr_currency    TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    deal_id         TEXT   NOT NULL, -- empty: of no deal
    PRIMARY KEY (lead_id, id)
);
CREATE INDEX outcomes_deal ON outcomes (deal_id, at) WHERE deal_id <> '';
CREATE INDEX outcomes_at ON outcomes (at);

-- A deal once, however many leads name it: as its newest outcome has it, with the newest
-- amounts that any of them states. What is said of it out of order comes to the same.
CREATE VIEW deals AS
WITH ranked AS (
    SELECT o.*, row_number() OVER newest AS said,
        row_number() OVER (PARTITION BY deal_id ORDER BY CASE amount_currency WHEN '' THEN 1 ELSE 0 END, at DESC, id DESC, lead_id) AS priced,
        row_number() OVER (PARTITION BY deal_id ORDER BY CASE arr_currency WHEN '' THEN 1 ELSE 0 END, at DESC, id DESC, lead_id) AS yearly
    FROM outcomes o WHERE deal_id <> ''
    WINDOW newest AS (PARTITION BY deal_id ORDER BY at DESC,
        CASE type WHEN 'contacted' THEN 2 WHEN 'opportunity' THEN 1 WHEN 'sql' THEN 1 ELSE 0 END, id DESC, lead_id))
SELECT deal_id, count(DISTINCT lead_id) AS leads,
    max(CASE said WHEN 1 THEN type END) AS type, max(CASE said WHEN 1 THEN at END) AS at,
    max(CASE priced WHEN 1 THEN amount END) AS amount, max(CASE priced WHEN 1 THEN amount_digits END) AS amount_digits,
    max(CASE priced WHEN 1 THEN amount_currency END) AS amount_currency,
    max(CASE yearly WHEN 1 THEN arr END) AS arr, max(CASE yearly WHEN 1 THEN arr_digits END) AS arr_digits,
    max(CASE yearly WHEN 1 THEN arr_currency END) AS arr_currency
FROM ranked GROUP BY deal_id;

-- +goose Down
DROP VIEW deals;
DROP TABLE outcomes;
