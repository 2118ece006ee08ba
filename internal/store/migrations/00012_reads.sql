-- +goose Up
-- Lists for people: each filter has an index in the order of its pages.
ALTER TABLE leads ADD COLUMN failed BIGINT NOT NULL DEFAULT 0; -- 1: an effect or the search for facts was given up
UPDATE leads SET failed = 1
    WHERE EXISTS (SELECT 1 FROM effects WHERE lead_id = leads.id AND state = 'failed')
        OR stage <> 'merged' AND CAST(doc AS TEXT) LIKE '%"enrichment":{"state":"failed"%';
-- Only for lists of all leads, which ask for it by its condition: Postgres would walk it
-- past all leads of other stages too.
DROP INDEX leads_created;
CREATE INDEX leads_created ON leads (created_at, id) WHERE id <> '';
CREATE INDEX leads_failed ON leads (created_at, id) WHERE failed = 1;
CREATE INDEX leads_partner ON leads (partner, created_at, id);
CREATE INDEX leads_partner_stage ON leads (partner, stage, created_at, id);
CREATE INDEX effects_failed ON effects (kind) WHERE state = 'failed';

-- A company's leads in the order in which they came.
DROP INDEX leads_domain;
CREATE INDEX leads_domain ON leads (domain, created_at, id, partner, stage) WHERE domain <> '';

-- When the lead came in, so that a sender's leads are paged in their order.
ALTER TABLE senders ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
UPDATE senders SET created_at = (SELECT created_at FROM leads WHERE id = senders.lead_id);
CREATE INDEX senders_created ON senders (name, created_at, lead_id);

-- +goose Down
DROP INDEX senders_created;
ALTER TABLE senders DROP COLUMN created_at;
DROP INDEX leads_domain;
CREATE INDEX leads_domain ON leads (domain) WHERE domain <> '';
DROP INDEX effects_failed;
DROP INDEX leads_partner_stage;
DROP INDEX leads_partner;
DROP INDEX leads_failed;
DROP INDEX leads_created;
CREATE INDEX leads_created ON leads (created_at, id);
ALTER TABLE leads DROP COLUMN failed;
