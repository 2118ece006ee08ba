-- +goose Up
-- What a newer edition of the prompts found is not overwritten by an older worker.
ALTER TABLE companies ADD COLUMN edition BIGINT NOT NULL DEFAULT 0;

CREATE TABLE exams (
    id          TEXT   PRIMARY KEY, -- of endpoint, model, prompt version and sentences
    doc         TEXT   NOT NULL,    -- the result; empty: not examined yet
    lease_until BIGINT NOT NULL,    -- one worker at a time examines
    ended_at    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE exams;
ALTER TABLE companies DROP COLUMN edition;
