-- +goose Up
-- Who took a round's decision back and when, and what was proposed when it was
-- approved against that. Until now only the words of the history said so.
ALTER TABLE reviews ADD COLUMN undone_by TEXT NOT NULL DEFAULT '';
ALTER TABLE reviews ADD COLUMN undone_at BIGINT;
ALTER TABLE reviews ADD COLUMN proposed TEXT NOT NULL DEFAULT '';
UPDATE reviews SET
    undone_by = COALESCE((SELECT max(h.actor) FROM history h WHERE h.lead_id = reviews.lead_id AND h.action = 'undone' AND h.detail = 'round ' || reviews.round), ''),
    undone_at = (SELECT max(h.at) FROM history h WHERE h.lead_id = reviews.lead_id AND h.action = 'undone' AND h.detail = 'round ' || reviews.round)
    WHERE decision <> '';
UPDATE reviews SET
    proposed = COALESCE((SELECT max(substr(h.detail, length('round ' || reviews.round || ', override of ') + 1)) FROM history h
        WHERE h.lead_id = reviews.lead_id AND h.action = 'approved' AND h.detail LIKE 'round ' || reviews.round || ', override of %'), '')
    WHERE is_override = 1;

-- +goose Down
ALTER TABLE reviews DROP COLUMN proposed;
ALTER TABLE reviews DROP COLUMN undone_at;
ALTER TABLE reviews DROP COLUMN undone_by;
