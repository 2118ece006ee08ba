package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/eval"
	"leadtriage/internal/lead"
	"leadtriage/prompts"
)

// model is a function that answers as one.
type model func(c enrich.Conversation) (enrich.Turn, error)

// Ask leaves the second reading to a reader that takes the first number it sees.
func (m model) Ask(_ context.Context, c enrich.Conversation) (enrich.Turn, error) {
	if c.Force != prompts.ReadQuotes {
		return m(c)
	}
	number := regexp.MustCompile(`<text>.*?([0-9]+)`).FindStringSubmatch(c.User)[1]
	return enrich.Turn{Calls: []enrich.Call{{ID: "1", Name: prompts.ReadQuotes,
		Arguments: `{"readings":[{"id":"q1","values":["` + number + `"],"of":"whole_company","when":"now"}]}`}}, Usage: lead.Usage{Calls: 1}}, nil
}

func records(field lead.Field, value, source, quote string) enrich.Turn {
	arguments, _ := json.Marshal(map[string]any{"summary": "", "facts": []map[string]any{
		{"field": field, "value": value, "source_id": source, "quote": quote, "confidence": 0.9}}})
	return enrich.Turn{Calls: []enrich.Call{{ID: "1", Name: prompts.RecordFirmographics, Arguments: string(arguments)}}, Usage: lead.Usage{Calls: 1}}
}

const twoSites = `{"id":"html","domain":"northwind.example","name":"Northwind","pages":[{"path":"/","html":"<a href='/about'>About</a> <p>Welcome.</p>"},{"path":"/about","html":"<p>We have 250 employees.</p>"}],"truth":{"employees":"250"}}
{"id":"text","domain":"southwind.example","name":"Southwind","pages":[{"path":"/","text":"Southwind has 40 employees."}],"truth":{"employees":"40"}}
`

func sites(t *testing.T) []eval.Company {
	set, err := eval.Read([]byte(twoSites), "set.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The pages come over HTTP, through links, as the service reads them.
func TestRunReadsTheSavedSites(t *testing.T) {
	var done atomic.Int32
	var clock atomic.Int64
	asks := model(func(c enrich.Conversation) (enrich.Turn, error) {
		if strings.Contains(c.User, "northwind.example/about") {
			return records(lead.Employees, "250", "s2", "We have 250 employees."), nil
		}
		return enrich.Turn{Usage: lead.Usage{Calls: 1}}, lead.Faultf(lead.Permanent, 0, "ask: %w", enrich.ErrKey)
	})
	r, err := eval.Run(t.Context(), sites(t), eval.Options{
		Enrich: enrich.Options{Model: asks}, Model: "scripted", Done: func() { done.Add(1) },
		Now: func() time.Time { return time.Unix(clock.Add(1), 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.All.Right != 1 || r.All.Stated != 2 || r.Model != "scripted" || r.Companies != 2 || done.Load() != 2 {
		t.Errorf("%+v, %d done", r, done.Load())
	}
	if len(r.Failures) != 1 || r.Failures[0].ID != "text" || r.Usage.Calls != 3 || r.Usage.Second.Calls != 1 {
		t.Errorf("failures %+v, usage %+v", r.Failures, r.Usage)
	}
	if r.P50Seconds != 1 || r.P95Seconds != 1 {
		t.Errorf("latency %v and %v, want a second each", r.P50Seconds, r.P95Seconds)
	}
}

// A rate limit says nothing about a model: its companies are asked about again.
func TestRunWaitsWhereItIsThrottled(t *testing.T) {
	wait := time.Millisecond
	throttled := 0
	asks := model(func(c enrich.Conversation) (enrich.Turn, error) {
		if !strings.Contains(c.User, "southwind.example") {
			return records(lead.Employees, "250", "s2", "We have 250 employees."), nil
		}
		if throttled++; throttled < 3 {
			return enrich.Turn{}, lead.Faultf(lead.Throttled, wait, "ask: %w", enrich.ErrThrottled)
		}
		return records(lead.Employees, "40", "s1", "Southwind has 40 employees."), nil
	})
	r, err := eval.Run(t.Context(), sites(t), eval.Options{Enrich: enrich.Options{Model: asks}})
	if err != nil || len(r.Failures) != 0 || r.All.Right != 2 || r.Usage.Calls != 4 || throttled != 3 {
		t.Errorf("%+v, %v, throttled %d times", r, err, throttled)
	}
	throttled, wait = 0, time.Hour
	if r, err = eval.Run(t.Context(), sites(t), eval.Options{Enrich: enrich.Options{Model: asks}}); err != nil || len(r.Failures) != 1 || throttled != 1 {
		t.Errorf("%+v, %v, throttled %d times", r.Failures, err, throttled)
	}
}

func TestRunEndsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asks := model(func(enrich.Conversation) (enrich.Turn, error) {
		cancel()
		return enrich.Turn{}, context.Canceled
	})
	if _, err := eval.Run(ctx, sites(t), eval.Options{Enrich: enrich.Options{Model: asks}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
