-- +goose Up
-- From which schema on a program may use the records: one that knows no migration
-- of this number or a later one refuses to start. A migration that older programs
-- cannot live with raises it to its own number.
CREATE TABLE compatibility (
    one         BIGINT PRIMARY KEY CHECK (one = 1), -- one row
    min_version BIGINT NOT NULL
);
INSERT INTO compatibility (one, min_version) VALUES (1, 11);

-- What is removed by age is found by it.
CREATE INDEX requests_created ON requests (created_at);

-- +goose Down
DROP INDEX requests_created;
DROP TABLE compatibility;
