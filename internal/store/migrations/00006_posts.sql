-- +goose Up
-- posts: 1 while a message is still to be posted in the channel `target`.
ALTER TABLE effects ADD COLUMN posts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE reviews ADD COLUMN lost BIGINT NOT NULL DEFAULT 0; -- how often somebody deleted the card
ALTER TABLE reviews ADD COLUMN thread_ts TEXT NOT NULL DEFAULT ''; -- of the reply below the card
UPDATE effects SET posts = 1 WHERE kind = 'card' AND EXISTS
    (SELECT 1 FROM reviews WHERE reviews.lead_id = effects.lead_id AND reviews.round = effects.round AND reviews.ts = '');
CREATE INDEX effects_posts ON effects (target, due_at) WHERE posts = 1 AND state = 'pending';

-- +goose Down
DROP INDEX effects_posts;
ALTER TABLE reviews DROP COLUMN thread_ts;
ALTER TABLE reviews DROP COLUMN lost;
ALTER TABLE effects DROP COLUMN posts;
