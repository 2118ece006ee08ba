-- +goose Up
-- What waits is found by an index that holds what waits and nothing else.
-- turn: whether the message is due to be posted and waits for its turn in the channel: 1 a
-- card, 2 another message, 0 not; score: the lead's, by which cards take turns.
ALTER TABLE effects ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN score BIGINT NOT NULL DEFAULT 0;
UPDATE effects SET score = (SELECT score FROM leads WHERE id = effects.lead_id),
    turn = CASE WHEN due_at > updated_at THEN 0 WHEN kind = 'card' THEN 1 ELSE 2 END
    WHERE posts = 1 AND state = 'pending';
DROP INDEX effects_posts;
DROP INDEX effects_wake;
CREATE INDEX effects_turn ON effects (target, turn, score DESC, created_at, id) WHERE turn > 0;
CREATE INDEX effects_wake ON effects (kind, wake_at) WHERE turn = 0 AND state IN ('pending', 'sending', 'unsure');
-- A lead's effects are few: the index of their key finds those of a lane, too.
DROP INDEX effects_lane;

-- When it was last looked whether somebody deleted the card of an open round.
ALTER TABLE reviews ADD COLUMN looked_at BIGINT NOT NULL DEFAULT 0;
UPDATE reviews SET looked_at = opened_at;
DROP INDEX reviews_open;
CREATE INDEX reviews_open ON reviews (looked_at) WHERE decision = '';

-- +goose Down
DROP INDEX reviews_open;
CREATE INDEX reviews_open ON reviews (opened_at) WHERE decision = '';
ALTER TABLE reviews DROP COLUMN looked_at;
CREATE INDEX effects_lane ON effects (lead_id, lane, seq);
DROP INDEX effects_wake;
DROP INDEX effects_turn;
CREATE INDEX effects_wake ON effects (wake_at) WHERE state IN ('pending', 'sending', 'unsure');
CREATE INDEX effects_posts ON effects (target, due_at) WHERE posts = 1 AND state = 'pending';
ALTER TABLE effects DROP COLUMN score;
ALTER TABLE effects DROP COLUMN turn;
