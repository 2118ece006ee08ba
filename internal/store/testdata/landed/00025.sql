-- migrations: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25
CREATE TABLE leads (
    id         TEXT   PRIMARY KEY,
    dup_key    TEXT   NOT NULL,
    domain     TEXT   NOT NULL,
    partner    TEXT   NOT NULL,
    stage      TEXT   NOT NULL,
    doc        TEXT   NOT NULL,
    entries    BIGINT NOT NULL, -- length of the lead's history
    version    BIGINT NOT NULL,
    wake_at    BIGINT,          -- the sweep looks at the lead then; null: no work is left
    wakes      BIGINT NOT NULL,
    card_by    BIGINT,          -- a person is asked then, facts or not; null: settled
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
, tell_at BIGINT, merged_into TEXT NOT NULL DEFAULT '', score BIGINT NOT NULL DEFAULT 0, verdict TEXT NOT NULL DEFAULT '', asked_at BIGINT, asked_in TEXT NOT NULL DEFAULT '', failed BIGINT NOT NULL DEFAULT 0);
INSERT INTO leads VALUES ('06gz0000000000000000000001', 'northwind.example|acme', 'northwind.example', 'acme', 'approved', '{"id":"06gz0000000000000000000001","key":"northwind.example|acme","stage":"approved","partner":{"id":"acme","tier":"gold"},"referred_on":"2026-11-20","source":"partner_referral","contact":{"email":"jane@northwind.example","name":"Jane Doe"},"company":{"name":"O''Neill","domain":"northwind.example"},"events":[{"type":"demo_request","at":"2026-11-19T09:00:00Z"}],"facts":[{"field":"employees","value":"250","status":"verified","confidence":0.9}],"enrichment":{"state":"done","attempts":1},"score":{"total":81,"icp":33,"intent":48,"verdict":"eql","ask":true,"model":"default@1"},"created_at":"2026-11-27T12:00:00Z","updated_at":"2026-11-27T12:01:40Z"}', 3, 4, NULL, 0, NULL, 1795867200000, 1795867300000, 1795867200000, '', 81, 'eql', NULL, '', 0);
INSERT INTO leads VALUES ('06gz0000000000000000000002', 'contoso.example|acme', 'contoso.example', 'acme', 'awaiting_review', '{"id":"06gz0000000000000000000002","key":"contoso.example|acme","stage":"awaiting_review","partner":{"id":"acme","tier":"gold"},"referred_on":"2026-11-20","source":"partner_referral","contact":{"email":"jane@contoso.example","name":"Jane Doe"},"company":{"name":"O''Neill","domain":"contoso.example"},"events":[{"type":"demo_request","at":"2026-11-19T09:00:00Z"}],"facts":[{"field":"employees","value":"250","status":"verified","confidence":0.9}],"enrichment":{"state":"done","attempts":1},"score":{"total":81,"icp":33,"intent":48,"verdict":"eql","ask":true,"model":"default@1"},"created_at":"2026-11-27T12:00:00Z","updated_at":"2026-11-27T12:01:40Z"}', 3, 4, NULL, 0, NULL, 1795867200000, 1795867300000, 1795867200000, '', 81, 'eql', 1795867205000, 'C1', 0);
INSERT INTO leads VALUES ('06gz0000000000000000000003', 'fabrikam.example|acme', 'fabrikam.example', 'acme', 'received', '{"id":"06gz0000000000000000000003","key":"fabrikam.example|acme","stage":"received","partner":{"id":"acme","tier":"gold"},"referred_on":"2026-11-20","source":"partner_referral","contact":{"email":"jane@fabrikam.example","name":"Jane Doe"},"company":{"name":"O''Neill","domain":"fabrikam.example"},"events":[{"type":"demo_request","at":"2026-11-19T09:00:00Z"}],"facts":[{"field":"employees","value":"250","status":"verified","confidence":0.9}],"enrichment":{"state":"done","attempts":1},"score":{"total":81,"icp":33,"intent":48,"verdict":"eql","ask":true,"model":"default@1"},"created_at":"2026-11-27T12:00:00Z","updated_at":"2026-11-27T12:01:40Z"}', 3, 4, 1795867230000, 0, NULL, 1795867200000, 1795867300000, 1795867200000, '', 81, 'eql', NULL, '', 0);
CREATE TABLE senders (
    name    TEXT NOT NULL,
    lead_id TEXT NOT NULL REFERENCES leads (id), created_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (name, lead_id)
);
INSERT INTO senders VALUES ('crm', '06gz0000000000000000000001', 1795867200000);
CREATE TABLE requests (
    sender     TEXT   NOT NULL,
    idem_key   TEXT   NOT NULL,
    body_hash  TEXT   NOT NULL,
    lead_id    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (sender, idem_key)
);
INSERT INTO requests VALUES ('crm', 'k1', 'h1', '06gz0000000000000000000001', 1795867200000);
CREATE TABLE history (
    lead_id TEXT   NOT NULL REFERENCES leads (id),
    seq     BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    PRIMARY KEY (lead_id, seq)
);
INSERT INTO history VALUES ('06gz0000000000000000000001', 0, 1795867200000, 'crm', 'received', 'partner_referral from acme');
INSERT INTO history VALUES ('06gz0000000000000000000001', 1, 1795867205000, 'leadtriage', 'scored', '81 eql by default@1');
INSERT INTO history VALUES ('06gz0000000000000000000001', 2, 1795867300000, 'U1', 'approved', 'round 1');
INSERT INTO history VALUES ('06gz0000000000000000000002', 0, 1795867200000, 'crm', 'received', 'partner_referral from acme');
INSERT INTO history VALUES ('06gz0000000000000000000002', 1, 1795867205000, 'leadtriage', 'review_opened', 'round 1');
CREATE TABLE reviews (
    id          TEXT   PRIMARY KEY,
    lead_id     TEXT   NOT NULL REFERENCES leads (id),
    round       BIGINT NOT NULL,
    opened_at   BIGINT NOT NULL,
    channel     TEXT   NOT NULL,
    ts          TEXT   NOT NULL,
    decision    TEXT   NOT NULL, -- empty: open
    is_override BIGINT NOT NULL,
    decided_by  TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    decided_at  BIGINT, lost BIGINT NOT NULL DEFAULT 0, thread_ts TEXT NOT NULL DEFAULT '', undone_by TEXT NOT NULL DEFAULT '', undone_at BIGINT, proposed TEXT NOT NULL DEFAULT '', looked_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (lead_id, round)
);
INSERT INTO reviews VALUES ('opaque1', '06gz0000000000000000000001', 1, 1795867205000, 'C1', '1795867206.000100', 'approved', 0, 'U1', '', '', 1795867300000, 0, '', '', NULL, '', 1795867205000);
INSERT INTO reviews VALUES ('opaque2', '06gz0000000000000000000002', 1, 1795867205000, 'C1', '', '', 0, '', '', '', NULL, 0, '', '', NULL, '', 1795867205000);
CREATE TABLE effects (
    id          TEXT   PRIMARY KEY,
    lead_id     TEXT   NOT NULL REFERENCES leads (id),
    kind        TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    round       BIGINT NOT NULL,
    event       TEXT   NOT NULL,
    due_at      BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    attempts    BIGINT NOT NULL,
    revision    BIGINT NOT NULL,
    last_error  TEXT   NOT NULL,
    lease_until BIGINT NOT NULL, -- while sending: until then the worker that claimed it owns it
    wake_at     BIGINT NOT NULL, -- the sweep looks at it then, while it is unsettled
    wakes       BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL, posts BIGINT NOT NULL DEFAULT 0, lane TEXT NOT NULL DEFAULT '', seq BIGINT NOT NULL DEFAULT 0, since BIGINT NOT NULL DEFAULT 0, turn BIGINT NOT NULL DEFAULT 0, score BIGINT NOT NULL DEFAULT 0,
    UNIQUE (lead_id, kind, target, round)
);
INSERT INTO effects VALUES ('06gz0000000000000000000001_card_C1_1', '06gz0000000000000000000001', 'card', 'C1', 1, '', 1795867205000, 'delivered', 1, 0, '', 0, 1795867235000, 0, 1795867205000, 1795867205000, 0, 'slack', 1795867205000, 1795867205000, 0, 0);
INSERT INTO effects VALUES ('06gz0000000000000000000001_webhook_default_1', '06gz0000000000000000000001', 'webhook', 'default', 1, 'lead.approved', 1795867205000, 'delivered', 1, 0, '', 0, 1795867235000, 0, 1795867205000, 1795867205000, 0, 'webhook', 1795867205000, 1795867205000, 0, 0);
INSERT INTO effects VALUES ('06gz0000000000000000000002_card_C1_1', '06gz0000000000000000000002', 'card', 'C1', 1, '', 1795867205000, 'pending', 1, 0, '', 0, 1795867235000, 0, 1795867205000, 1795867205000, 1, 'slack', 1795867205000, 1795867205000, 1, 81);
CREATE TABLE companies (
    domain      TEXT   PRIMARY KEY,
    doc         TEXT   NOT NULL, -- empty: never found
    found_at    BIGINT NOT NULL,
    lease_until BIGINT NOT NULL  -- one worker at a time reads a company
, forgotten_at BIGINT NOT NULL DEFAULT 0, wasted BIGINT NOT NULL DEFAULT 0, again_at BIGINT NOT NULL DEFAULT 0, stated TEXT NOT NULL DEFAULT '', edition BIGINT NOT NULL DEFAULT 0);
INSERT INTO companies VALUES ('northwind.example', '{"domain":"northwind.example","facts":[{"field":"employees","value":"250","status":"verified","confidence":0.9}],"found_at":"2026-11-27T12:00:03Z"}', 1795867203000, 0, 0, 0, 0, '', 0);
CREATE TABLE spend (
    day               TEXT   NOT NULL,
    partner           TEXT   NOT NULL,
    calls             BIGINT NOT NULL,
    prompt_tokens     BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    cached_tokens     BIGINT NOT NULL,
    micro_usd         BIGINT NOT NULL,
    PRIMARY KEY (day, partner)
);
INSERT INTO spend VALUES ('2026-11-27', 'acme', 2, 9000, 400, 0, 12500);
CREATE TABLE chores (
    name   TEXT   PRIMARY KEY,
    due_at BIGINT NOT NULL
);
INSERT INTO chores VALUES ('archive', 1795953600000);
CREATE TABLE digests (
    channel     TEXT   NOT NULL,
    day         TEXT   NOT NULL,
    due_at      BIGINT NOT NULL, -- what happened until then is in it
    next_at     BIGINT NOT NULL, -- the next attempt; while sending: the end of its worker's lease
    state       TEXT   NOT NULL, -- pending, sending, unsure, delivered, quiet (nothing to tell), missed
    attempts    BIGINT NOT NULL,
    last_error  TEXT   NOT NULL,
    PRIMARY KEY (channel, day)
);
INSERT INTO digests VALUES ('C1', '2026-11-27', 1795856400000, 1795856401000, 'delivered', 1, '');
CREATE TABLE holds (
    reason   TEXT   PRIMARY KEY,
    since    BIGINT NOT NULL,
    until_at BIGINT NOT NULL -- then it is looked at again
);
INSERT INTO holds VALUES ('credit', 1795867200000, 1795867500000);
CREATE TABLE exams (
    id          TEXT   PRIMARY KEY, -- of endpoint, model, prompt version and sentences
    doc         TEXT   NOT NULL,    -- the result; empty: not examined yet
    lease_until BIGINT NOT NULL,    -- one worker at a time examines
    ended_at    BIGINT NOT NULL
);
INSERT INTO exams VALUES ('e1', '{"model":"gpt","recall":0.9,"at":"2026-11-27T11:00:00Z"}', 0, 1795863600000);
CREATE TABLE compatibility (
    one         BIGINT PRIMARY KEY CHECK (one = 1), -- one row
    min_version BIGINT NOT NULL
);
INSERT INTO compatibility VALUES (1, 11);
CREATE TABLE reserved (
    domain          TEXT PRIMARY KEY,
    until_at        BIGINT NOT NULL,
    micro_usd       BIGINT NOT NULL,
    spent_micro_usd BIGINT NOT NULL
);
INSERT INTO reserved VALUES ('', 0, 0, 0);
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
INSERT INTO outcomes VALUES ('06gz0000000000000000000001', '1', 'closed_won', 1795863600000, 'key:crm', 120000, 2, 'EUR', 0, 0, '', '', 'd1');
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
CREATE TABLE links (
    hash       TEXT   PRIMARY KEY,
    use        TEXT   NOT NULL, -- page, answer, optout
    partner    TEXT   NOT NULL,
    lead_id    TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at    BIGINT           -- null: when it is revoked
);
CREATE TABLE optouts (
    address TEXT   PRIMARY KEY,
    at      BIGINT NOT NULL
);
CREATE TABLE sessions (
    token    TEXT   PRIMARY KEY,
    data     TEXT   NOT NULL, -- base64
    until_at BIGINT NOT NULL
);
CREATE TABLE assignments (
    id      TEXT PRIMARY KEY,
    lead_id TEXT NOT NULL,
    person  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    seq     BIGINT UNIQUE,
    is_open BIGINT NOT NULL,
    doc     TEXT NOT NULL
);
CREATE TABLE seats (
    pool   TEXT NOT NULL,
    person TEXT NOT NULL,
    level  BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (pool, person)
);
CREATE TABLE targets (
    name          TEXT   NOT NULL PRIMARY KEY,
    failing_since BIGINT NOT NULL,
    off_at        BIGINT NOT NULL
);
CREATE INDEX leads_stage ON leads (stage, created_at, id);
CREATE INDEX leads_wake ON leads (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX leads_card_by ON leads (card_by) WHERE card_by IS NOT NULL;
CREATE INDEX leads_tell ON leads (tell_at) WHERE tell_at IS NOT NULL;
CREATE UNIQUE INDEX leads_dup_key ON leads (dup_key);
CREATE INDEX leads_waiting ON leads (score DESC, asked_at, id, partner, asked_in) WHERE asked_at IS NOT NULL;
CREATE INDEX leads_asked ON leads (asked_at, id, partner, asked_in) WHERE asked_at IS NOT NULL;
CREATE INDEX reviews_decided ON reviews (decided_by, decided_at) WHERE decision <> '';
CREATE INDEX digests_next ON digests (next_at) WHERE state IN ('pending', 'sending', 'unsure');
CREATE INDEX leads_failed ON leads (created_at, id) WHERE failed = 1;
CREATE INDEX leads_partner ON leads (partner, created_at, id);
CREATE INDEX leads_partner_stage ON leads (partner, stage, created_at, id);
CREATE INDEX leads_domain ON leads (domain, created_at, id, partner, stage) WHERE domain <> '';
CREATE INDEX senders_created ON senders (name, created_at, lead_id);
CREATE INDEX requests_created ON requests (created_at);
CREATE INDEX effects_turn ON effects (target, turn, score DESC, created_at, id) WHERE turn > 0;
CREATE INDEX effects_wake ON effects (kind, wake_at) WHERE turn = 0 AND state IN ('pending', 'sending', 'unsure');
CREATE INDEX reviews_open ON reviews (looked_at) WHERE decision = '';
CREATE INDEX outcomes_deal ON outcomes (deal_id, at) WHERE deal_id <> '';
CREATE INDEX outcomes_at ON outcomes (at);
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
CREATE INDEX leads_updated ON leads (updated_at, id);
CREATE INDEX links_partner ON links (partner, use);
CREATE INDEX links_ends ON links (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX sessions_until ON sessions (until_at);
CREATE INDEX leads_created ON leads (created_at, id, verdict, score, stage, partner) WHERE id <> '';
CREATE INDEX reviews_when ON reviews (decided_at) WHERE decision <> '';
CREATE INDEX effects_failed ON effects (kind, id) WHERE state = 'failed';
CREATE INDEX assignments_lead ON assignments (lead_id);
CREATE INDEX assignments_open ON assignments (person) WHERE is_open = 1;
CREATE INDEX assignments_at ON assignments (at);
