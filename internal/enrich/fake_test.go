package enrich_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
)

// now is the day on which the tests take place.
var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// shelf is a company's pages, without a network.
type shelf struct {
	site  []page.Page
	err   error
	more  map[string]page.Page
	fault error // of a further page that is not in more
	asked []string
}

func (s *shelf) Site(context.Context, string) ([]page.Page, error) { return s.site, s.err }

func (s *shelf) Forget(string) {}

func (s *shelf) Page(_ context.Context, url, _ string) (page.Page, error) {
	s.asked = append(s.asked, url)
	if p, ok := s.more[url]; ok {
		return p, nil
	}
	return page.Page{}, s.fault
}

func onePage(text string) *shelf {
	return &shelf{site: []page.Page{{URL: "https://northwind.example/about", Text: text}}}
}

// script is a model that says what it is told to, turn after turn; it repeats
// the last one.
type script struct {
	turns []enrich.Turn
	errs  []error
	heard []enrich.Conversation
}

func (s *script) Ask(_ context.Context, c enrich.Conversation) (enrich.Turn, error) {
	i := len(s.heard)
	s.heard = append(s.heard, c)
	var err error
	if i < len(s.errs) {
		err = s.errs[i]
	}
	turn := s.turns[min(i, len(s.turns)-1)]
	turn.Model = "m"
	return turn, err
}

type claim struct {
	Field      lead.Field `json:"field"`
	Value      string     `json:"value"`
	SourceID   string     `json:"source_id"`
	Quote      string     `json:"quote"`
	Confidence float64    `json:"confidence"`
}

func records(claims ...claim) enrich.Turn {
	if claims == nil {
		claims = []claim{}
	}
	arguments, err := json.Marshal(map[string]any{"facts": claims, "summary": "It does things."})
	if err != nil {
		panic(err)
	}
	return enrich.Turn{Calls: []enrich.Call{{ID: "r", Name: "record_firmographics", Arguments: string(arguments)}},
		Usage: lead.Usage{Calls: 1, PromptTokens: 100, CompletionTokens: 10}}
}

func fetches(urls ...string) enrich.Turn {
	var turn enrich.Turn
	for _, u := range urls {
		arguments, _ := json.Marshal(map[string]string{"url": u})
		turn.Calls = append(turn.Calls, enrich.Call{ID: "f" + u, Name: "fetch_page", Arguments: string(arguments)})
	}
	turn.Usage = lead.Usage{Calls: 1, PromptTokens: 100, CompletionTokens: 10}
	return turn
}

type fataler interface {
	Helper()
	Context() context.Context
	Fatalf(string, ...any)
}

func enricher(t fataler, o enrich.Options) *enrich.Enricher {
	t.Helper()
	o.Now = func() time.Time { return now }
	e, err := enrich.New(o)
	if err != nil {
		t.Fatalf("new enricher: %v", err)
	}
	return e
}

// judge lets a model claim one fact of a page and returns what became of it.
func judge(t fataler, text string, field lead.Field, value, quote string) []lead.Fact {
	t.Helper()
	m := &script{turns: []enrich.Turn{records(claim{field, value, "s1", quote, 0.9})}}
	e := enricher(t, enrich.Options{Pages: onePage(text), Model: m})
	p, err := e.Enrich(t.Context(), "Northwind", "northwind.example")
	if err != nil {
		t.Fatalf("enrich: %v", err)
	}
	return p.Facts
}

// verified claims the fact with the whole text as its quote, and tells the value
// under which it was verified; empty: it was not.
func verified(t *testing.T, text string, field lead.Field, value, quote string) string {
	t.Helper()
	facts := judge(t, text, field, value, quote)
	if len(facts) == 1 && facts[0].Status == lead.Verified {
		return facts[0].Value
	}
	return ""
}

func turns(t ...enrich.Turn) []enrich.Turn { return t }

func options(pages enrich.Pages, m enrich.Model) enrich.Options {
	return enrich.Options{Pages: pages, Model: m}
}
