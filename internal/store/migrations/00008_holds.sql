-- +goose Up
-- What keeps the model from being asked at the moment, in all workers.
CREATE TABLE holds (
    reason   TEXT   PRIMARY KEY,
    since    BIGINT NOT NULL,
    until_at BIGINT NOT NULL -- then it is looked at again
);

-- +goose Down
DROP TABLE holds;
