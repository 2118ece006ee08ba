//go:build linux

package main

import (
	"bytes"
	"cmp"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// What is late. A card waits for facts until its deadline; whoever held it may have died
// with it, which shows when its lease has ended; then it is looked for, and the sweep
// looks once more. A webhook is promised within a quarter of an hour.
const (
	cardPromise    = chaosDeadline + 30*time.Second + 10*time.Second + 30*time.Second
	webhookPromise = 15 * time.Minute
)

// open is the database as the auditor reads it.
func (c *chaos) open() (*sql.DB, error) {
	if c.redis == nil {
		return sql.Open("sqlite", "file:"+c.database+"?_pragma=busy_timeout(5000)")
	}
	return sql.Open("pgx", c.database)
}

// quiet reports whether nothing is left to decide, to draw or to tell.
func (c *chaos) quiet() bool {
	db, err := c.open()
	if err != nil {
		return false
	}
	defer db.Close()
	var left int
	err = db.QueryRow(`SELECT (SELECT count(*) FROM leads WHERE stage IN ('received', 'enriched', 'awaiting_review'))
		+ (SELECT count(*) FROM effects WHERE state IN ('pending', 'sending', 'unsure') AND kind IN ('card', 'thread', 'webhook'))`).Scan(&left)
	return err == nil && left == 0
}

// audit is what the simulators' logs and the database say together.
type audit struct {
	c     *chaos
	lines []auditLine
}

type auditLine struct {
	promise, seen string
	broken        int
	examples      []string
}

func (a *audit) broken() bool {
	return a.c.t.Failed() || slices.ContainsFunc(a.lines, func(l auditLine) bool { return l.broken > 0 })
}

func (a *audit) says(promise, seen string, broken ...string) {
	a.lines = append(a.lines, auditLine{promise, seen, len(broken), broken[:min(3, len(broken))]})
}

// round is a time that people were asked.
type round struct {
	lead, decision string
	decided        time.Time
	undone         bool
}

type leadRow struct {
	key, stage string
	created    time.Time
	doc        string
}

func (c *chaos) audit() *audit {
	a := &audit{c: c}
	db, err := c.open()
	c.do(err)
	defer db.Close()
	leads, rounds, words, effects := map[string]leadRow{}, map[string]round{}, map[string]int{}, map[string]string{}
	each := func(query string, row func(s func(...any) error)) {
		rows, err := db.Query(query)
		c.do(err)
		defer rows.Close()
		for rows.Next() {
			row(func(into ...any) error { err := rows.Scan(into...); c.do(err); return err })
		}
		c.do(rows.Err())
	}
	keys := map[string][]string{}
	each(`SELECT id, dup_key, stage, created_at, doc FROM leads`, func(scan func(...any) error) {
		var id string
		var l leadRow
		var ms int64
		scan(&id, &l.key, &l.stage, &ms, &l.doc)
		l.created = time.UnixMilli(ms)
		leads[id] = l
		keys[l.key] = append(keys[l.key], id)
	})
	each(`SELECT lead_id, round, decision, COALESCE(decided_at, 0), COALESCE(undone_at, 0) FROM reviews`, func(scan func(...any) error) {
		var r round
		var n int
		var decided, undone int64
		scan(&r.lead, &n, &r.decision, &decided, &undone)
		r.decided, r.undone = time.UnixMilli(decided), undone > 0
		rounds[fmt.Sprintf("%s/%d", r.lead, n)] = r
	})
	each(`SELECT lead_id, count(*) FROM history WHERE action IN ('approved', 'rejected') GROUP BY lead_id`, func(scan func(...any) error) {
		var id string
		var n int
		scan(&id, &n)
		words[id] = n
	})
	each(`SELECT id, state FROM effects WHERE kind IN ('card', 'thread', 'webhook')`, func(scan func(...any) error) {
		var id, state string
		scan(&id, &state)
		effects[id] = state
	})
	var seen slackLog
	var hooks []heard
	var model modelLog
	c.do(c.ask("slack", &seen))
	c.do(c.ask("crm", &hooks))
	c.do(c.ask("model", &model))

	a.acknowledged(leads, keys)
	a.decided(rounds, words, seen)
	a.cards(leads, rounds, seen)
	a.webhooks(rounds, effects, hooks)
	a.effects(effects)
	a.late(leads, rounds, seen, hooks)
	a.leaks(model)
	return a
}

func (a *audit) acknowledged(leads map[string]leadRow, keys map[string][]string) {
	l := &a.c.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	var lost, double []string
	for _, id := range l.leads {
		if _, ok := leads[id]; !ok {
			lost = append(lost, id)
		}
	}
	a.says("an acknowledged lead is never lost", fmt.Sprintf("%d acknowledged, %d on record", len(l.leads), len(leads)), lost...)
	for key, ids := range keys {
		if len(ids) > 1 {
			double = append(double, key)
		}
	}
	for range l.other {
		double = append(double, "acknowledged under two ids")
	}
	a.says("one lead a company and partner", fmt.Sprintf("%d requests, %d of them failed and were sent again", l.asked, l.failed), double...)
	var unheard []string
	for asset, id := range l.events {
		if !strings.Contains(leads[id].doc, asset) {
			unheard = append(unheard, id)
		}
	}
	a.says("acknowledged news is never lost", fmt.Sprintf("%d acknowledged", len(l.events)), unheard...)
}

func (a *audit) decided(rounds map[string]round, words map[string]int, seen slackLog) {
	decided, undone, of := 0, 0, map[string]int{}
	for _, r := range rounds {
		if r.decision == "approved" || r.decision == "rejected" {
			of[r.lead]++
			decided++
		}
		if r.undone {
			undone++
		}
	}
	var twice []string
	for id, n := range words {
		if n != of[id] {
			twice = append(twice, fmt.Sprintf("%s: %d words in %d rounds", id, n, of[id]))
		}
	}
	a.says("decided at most once", fmt.Sprintf("%d rounds, %d decided, %d taken back; %d clicks, %d not answered in 3 s or refused",
		len(rounds), decided, undone, seen.Clicks, seen.Refused), twice...)
}

func (a *audit) cards(leads map[string]leadRow, rounds map[string]round, seen slackLog) {
	standing, open := map[string]int{}, map[string]int{}
	for _, m := range seen.Cards {
		standing[fmt.Sprintf("%s/%d", m.Lead, m.Round)]++
		if m.Asking {
			open[m.Lead]++
		}
	}
	var many, none []string
	for round, n := range standing {
		if n > 1 {
			many = append(many, fmt.Sprintf("%s: %d cards", round, n))
		}
	}
	for id, n := range open {
		if leads[id].stage != "awaiting_review" || n > 1 {
			many = append(many, fmt.Sprintf("%s is %s, and %d cards ask", id, leads[id].stage, n))
		}
	}
	for _, r := range rounds {
		if !slices.ContainsFunc(seen.Cards, func(m seenCard) bool { return m.Lead == r.lead }) {
			none = append(none, r.lead+" has no card")
		}
	}
	a.says("one card a lead", fmt.Sprintf("%d cards of %d leads", len(seen.Cards), len(leads)), append(many, none...)...)
}

var ofRound = regexp.MustCompile(`^(.+)_webhook_default_(\d+)$`)

func (a *audit) webhooks(rounds map[string]round, effects map[string]string, hooks []heard) {
	took, again, grown := map[string]heard{}, 0, 0
	var wrong, missing []string
	for _, h := range hooks {
		took[h.ID] = h
		again += h.Times - 1
		if h.Grown {
			grown++
		}
		state, known := effects[h.ID]
		switch m := ofRound.FindStringSubmatch(h.ID); {
		case h.Forged:
			wrong = append(wrong, h.ID+" has a bad signature")
		case h.Altered:
			wrong = append(wrong, h.ID+" said two things")
		case !known || state == "cancelled":
			wrong = append(wrong, h.ID+" is "+cmp.Or(state, "not")+" on record")
		case m != nil && strings.HasPrefix(h.Type, "lead.a") || m != nil && strings.HasPrefix(h.Type, "lead.rejected"):
			if r := rounds[m[1]+"/"+m[2]]; h.Type != "lead."+r.decision || r.undone || h.Lead != r.lead {
				wrong = append(wrong, fmt.Sprintf("%s said %s, on record is %q, undone: %v", h.ID, h.Type, r.decision, r.undone))
			}
		}
	}
	for name, r := range rounds {
		id := strings.Replace(name, "/", "_webhook_default_", 1)
		if _, ok := took[id]; !ok && !r.undone && (r.decision == "approved" || r.decision == "rejected") {
			missing = append(missing, id)
		}
	}
	for id, state := range effects {
		if _, ok := took[id]; !ok && state == "delivered" && strings.Contains(id, "_webhook_") {
			missing = append(missing, id+" is on record as delivered")
		}
	}
	a.says("each webhook once by its id",
		fmt.Sprintf("%d ids, %d came again, %d of them told more of the lead then", len(hooks), again, grown), wrong...)
	a.says("no decision is kept from the endpoint", fmt.Sprintf("%d webhooks", len(took)), missing...)
}

func (a *audit) effects(effects map[string]string) {
	states := map[string]int{}
	var stuck []string
	for id, state := range effects {
		states[state]++
		if state != "delivered" && state != "cancelled" {
			stuck = append(stuck, id+" is "+state)
		}
	}
	a.says("every effect is settled in the end", strings.Trim(fmt.Sprint(states), "map[]"), stuck...)
}

// late is against the promise, without the time in which what is needed was broken.
func (a *audit) late(leads map[string]leadRow, rounds map[string]round, seen slackLog, hooks []heard) {
	first, told := map[string]time.Time{}, map[string]time.Time{}
	for _, m := range seen.Cards {
		if at, ok := first[m.Lead]; !ok || m.At.Before(at) {
			first[m.Lead] = m.At
		}
	}
	for _, h := range hooks {
		told[h.ID] = h.At
	}
	var cards, webhooks []time.Duration
	var lateCards, lateHooks []string
	for id, at := range first {
		took := at.Sub(leads[id].created)
		cards = append(cards, took)
		if took-a.c.outages.within(leads[id].created, at, "slack", "redis", "sentinel", "postgres", "run") > cardPromise {
			lateCards = append(lateCards, fmt.Sprintf("%s after %s", id, took.Round(time.Second)))
		}
	}
	for name, r := range rounds {
		at, ok := told[strings.Replace(name, "/", "_webhook_default_", 1)]
		if !ok {
			continue
		}
		from := r.decided.Add(chaosUndo)
		webhooks = append(webhooks, at.Sub(from))
		if at.Sub(from)-a.c.outages.within(from, at, "crm") > webhookPromise {
			lateHooks = append(lateHooks, fmt.Sprintf("%s after %s", name, at.Sub(from).Round(time.Second)))
		}
	}
	spread := func(list []time.Duration) string {
		if len(list) == 0 {
			return "none"
		}
		of := func(q float64) time.Duration { return quantile(list, q).Round(100 * time.Millisecond) }
		return fmt.Sprintf("median %s, p99 %s, longest %s", of(.5), of(.99), of(1))
	}
	a.says(fmt.Sprintf("a card within %s", cardPromise), spread(cards)+" after intake", lateCards...)
	a.says(fmt.Sprintf("a webhook within %s", webhookPromise), spread(webhooks)+" after decision and undo", lateHooks...)
}

// leaks counts what has no business in a text.
func leaks(text []byte) int {
	_, secret, _ := strings.Cut(demoWebhookSecret, "_")
	return bytes.Count(bytes.ToLower(text), []byte(strings.ToLower(canary))) + bytes.Count(text, []byte(secret))
}

func (a *audit) leaks(model modelLog) {
	var found []string
	size := 0
	for _, name := range slices.Sorted(maps.Keys(a.c.daemons)) {
		if !a.c.program[name] {
			continue // what it logs is not ours
		}
		text, err := os.ReadFile(filepath.Join(a.c.folder, name+".log"))
		a.c.do(err)
		size += len(text)
		for line := range bytes.Lines(text) {
			if leaks(line) > 0 {
				found = append(found, name+": "+string(line))
			}
			if bytes.Contains(line, []byte("panic:")) || bytes.Contains(line, []byte("DATA RACE")) {
				found = append(found, name+": "+string(line))
			}
		}
	}
	for _, addr := range a.c.apis {
		for path := range strings.FieldsSeq("/ /healthz /readyz /metrics /docs /openapi.json /v1/leads /queues/ /slack/interactions") {
			res, err := http.Get("http://" + addr + path)
			a.c.do(err)
			text, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if size += len(text); leaks(text) > 0 {
				found = append(found, path)
			}
		}
	}
	for range a.c.traces.Load() {
		found = append(found, "a trace")
	}
	for range model.Personal {
		found = append(found, "the model heard of a person")
	}
	a.says("no secret or person in logs, traces, open pages, or at the model",
		fmt.Sprintf("%d kB of logs and pages, %d requests of the model", size/1000, model.Requests), found...)
}

// table is the auditor's report.
func (a *audit) table(plan []fault, took, settled time.Duration) string {
	kinds := map[string]int{}
	for _, f := range plan {
		kinds[f.name()]++
	}
	var list []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		list = append(list, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	starts := []string{}
	for _, name := range slices.Sorted(maps.Keys(a.c.daemons)) {
		starts = append(starts, fmt.Sprintf("%s %d", name, a.c.daemons[name].starts))
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "\nchaos on %s, seed %d: %d faults in %s, all settled %s later\nfaults: %s\nstarts: %s\n", a.c.name, a.c.seed, len(plan),
		took.Round(time.Second), settled.Round(time.Second), strings.Join(list, ", "), strings.Join(starts, ", "))
	t := table.NewWriter()
	t.SetOutputMirror(&out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"promise", "seen", "broken"})
	for _, l := range a.lines {
		t.AppendRow(table.Row{l.promise, l.seen, l.broken})
	}
	t.Render()
	for _, l := range a.lines {
		for _, e := range l.examples {
			fmt.Fprintf(&out, "broken: %s: %s\n", l.promise, strings.TrimSpace(e))
		}
	}
	return out.String()
}
