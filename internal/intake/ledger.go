package intake

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"leadtriage/internal/lead"
)

// Ledger keeps what is known of partners beside leads. The same row again replaces the one
// before; internal/store implements it.
type Ledger interface {
	PutCost(ctx context.Context, c lead.Cost) error
	PutPayout(ctx context.Context, p lead.Payout) error
	PutTraffic(ctx context.Context, t lead.Traffic) error
}

// entry reads a row of the ledger; its put keeps it.
type entry func(f *form, a *API, now time.Time) (put func(context.Context) error)

func readCost(f *form, a *API, now time.Time) func(context.Context) error {
	c := lead.Cost{Channel: f.line("channel", maxID), Month: f.month(now), Kind: choice(f, "kind", lead.CostKinds...), Amount: f.money("amount")}
	if c.Channel == "" || f.given("partner") {
		c.Partner = f.partner(a.opts.Rules)
	}
	f.take("partner", "text") // it is known here, though it may be left out
	if c.Channel != "" && c.Partner != "" {
		f.fault("channel", "stands beside partner: a cost is of one of them")
	}
	f.require("kind", c.Kind != "", "one of %s", strings.Join(lead.CostKinds, ", "))
	f.require("amount", c.Amount != lead.Money{} || f.given("amount"), "what it cost, such as {\"value\":\"1200.00\",\"currency\":\"EUR\"}")
	return func(ctx context.Context) error { return a.opts.Ledger.PutCost(ctx, c) }
}

func readPayout(f *form, a *API, now time.Time) func(context.Context) error {
	p := lead.Payout{Partner: f.partner(a.opts.Rules), Month: f.month(now), Amount: f.money("amount")}
	f.require("amount", p.Amount != lead.Money{} || f.given("amount"), "what was paid, such as {\"value\":\"1200.00\",\"currency\":\"EUR\"}")
	return func(ctx context.Context) error { return a.opts.Ledger.PutPayout(ctx, p) }
}

func readTraffic(f *form, a *API, now time.Time) func(context.Context) error {
	t := lead.Traffic{Partner: f.partner(a.opts.Rules), Page: f.line("page", maxURL), Day: lead.Date(f.past("day", now).Format(time.DateOnly))}
	f.require("page", t.Page != "", "the page's address or path")
	raw := f.take("sessions", "a number", "text")
	f.require("sessions", raw != nil, "how many visits the page had that day")
	if raw != nil {
		count, ok := number(strings.Trim(string(raw), `"`))
		if !ok {
			f.fault("sessions", "is not a count: send a whole number from 0 on")
		}
		for _, digit := range count { // at most a milliard
			t.Sessions = t.Sessions*10 + int64(digit-'0')
		}
	}
	return func(ctx context.Context) error { return a.opts.Ledger.PutTraffic(ctx, t) }
}

// given reports whether a member was sent, and says something.
func (f *form) given(name string) bool { return f.sent[name] != nil && kind(f.sent[name]) != "null" }

// partner reads the id of a partner that is known here.
func (f *form) partner(rules Rules) string {
	id := f.line("partner", maxID)
	f.require("partner", id != "", "the partner's id")
	known, ok := rules.partner(id)
	switch {
	case id == "":
	case strings.ContainsFunc(id, func(r rune) bool { return !idRune(r) }):
		f.fault("partner", "has characters that an id cannot have: use letters, digits, and . _ -")
	case !ok:
		f.fault("partner", "names a partner that is not known here: known are %s; add it under partners in the configuration", rules.known())
	}
	return known.ID
}

// month reads YYYY-MM, at most a year ahead: some is paid in advance.
func (f *form) month(now time.Time) string {
	const name = "month"
	s := f.line(name, maxID)
	f.require(name, s != "", "such as 2026-11")
	t, err := time.Parse("2006-01", s)
	switch {
	case s == "":
	case err != nil:
		f.fault(name, "is not a month: send YYYY-MM, such as 2026-11")
	case t.Before(earliest) || t.After(now.AddDate(1, 0, 0)):
		f.fault(name, "is before the year 2000, or more than a year ahead")
	}
	return s
}

// takes keeps the row that a body is, or one of each line.
func (a *API) takes(read entry) func(*call) error {
	put := func(ctx context.Context, raw []byte) error {
		var faults Faults
		f, ok := parseBody(raw, &faults)
		if !ok {
			return faulty(faults)
		}
		keep := read(f, a, a.opts.Now())
		f.close()
		if len(faults) > 0 {
			return faulty(faults)
		}
		ctx, cancel := context.WithTimeout(ctx, a.opts.Patience)
		defer cancel()
		if err := keep(ctx); err != nil {
			return unavailable(err)
		}
		return nil
	}
	return func(c *call) error {
		if len(c.by.partners) > 0 {
			return c.by.notTheirs()
		}
		if slices.ContainsFunc([]string{"ndjson", "jsonl"}, func(s string) bool { return strings.Contains(c.r.Header.Get("Content-Type"), s) }) {
			return a.lines(c, func(_ int, line []byte) (result Result) {
				result.Status = http.StatusOK
				if err := put(c.r.Context(), line); err != nil {
					result.take(lead.Receipt{}, err)
				}
				return result
			})
		}
		raw, err := c.json()
		if err == nil {
			err = put(c.r.Context(), raw)
		}
		if err != nil {
			return err
		}
		return c.answer(http.StatusOK, struct{}{})
	}
}

type newCost struct {
	Partner string   `json:"partner,omitempty" doc:"Or channel."`
	Channel string   `json:"channel,omitempty" maxLength:"100"`
	Month   string   `json:"month" pattern:"^[0-9]{4}-[0-9]{2}$"`
	Kind    string   `json:"kind" enum:"tools,people,content,media"`
	Amount  newMoney `json:"amount"`
}

type newPayout struct {
	Partner string   `json:"partner"`
	Month   string   `json:"month" pattern:"^[0-9]{4}-[0-9]{2}$"`
	Amount  newMoney `json:"amount"`
}

type newTraffic struct {
	Partner  string `json:"partner"`
	Page     string `json:"page" maxLength:"2048" doc:"The page's address or path."`
	Day      string `json:"day" format:"date"`
	Sessions int64  `json:"sessions" minimum:"0"`
}

// describeLedger registers the routes of the ledger.
func (a *API) describeLedger() {
	if a.opts.Ledger == nil {
		return
	}
	for _, r := range []struct {
		path, summary string
		of            *huma.Schema
		read          entry
	}{
		{"costs", "Say what a month's work for a partner or in a channel cost", schema[newCost](a), readCost},
		{"payouts", "Say what a partner was paid for a month", schema[newPayout](a), readPayout},
		{"traffic", "Say how often a page about a partner was visited on a day", schema[newTraffic](a), readTraffic},
	} {
		media := &huma.MediaType{Schema: r.of}
		a.route(huma.Operation{OperationID: "post-" + r.path, Method: http.MethodPost, Path: "/v1/" + r.path, Summary: r.summary,
			Description: "The same row again replaces the one before. One as JSON, or many as NDJSON, one a line, each answered by a line.",
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": media, "application/x-ndjson": media}},
			Responses:   a.responses(map[int]*huma.Response{200: {Description: "Kept."}}, 400, 401, 403, 413, 415, 422, 429, 503),
		}, a.takes(r.read), Operate)
	}
}
