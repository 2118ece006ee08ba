package enrich_test

import (
	"context"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"sync"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/prompts"
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
// the last one. It reads quotes as reads does, or as its own claims have it.
type script struct {
	turns []enrich.Turn
	errs  []error
	heard []enrich.Conversation // about pages

	reads  func(asked []asked) (enrich.Turn, error)
	second []enrich.Conversation // about quotes
}

// asked is one quote that was shown to the second reader.
type asked struct{ id, field, company, item string }

var quoteItem = regexp.MustCompile(`<quote id="([^"]*)" field="([^"]*)" company="([^"]*)">(.*?)</quote>`)

func (s *script) Ask(_ context.Context, c enrich.Conversation) (enrich.Turn, error) {
	if c.Force == prompts.ReadQuotes {
		s.second = append(s.second, c)
		var items []asked
		for _, m := range quoteItem.FindAllStringSubmatch(c.User, -1) {
			items = append(items, asked{m[1], m[2], m[3], html.UnescapeString(m[4])})
		}
		reads := s.reads
		if reads == nil {
			reads = s.agreeable
		}
		turn, err := reads(items)
		turn.Model = "m"
		return turn, err
	}
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

// counting is a reading of each field that counts.
var counting = map[lead.Field]string{lead.Employees: "whole_company", lead.Revenue: "whole_company", lead.FoundedYear: "founding", lead.HQCountry: "head_office",
	lead.HQCity: "head_office", lead.Technology: "company_uses", lead.Industry: "this_company", lead.LegalName: "this_company", lead.CompanyStatus: "this_company"}

// agreeable is the worst reader: it knows every claim of the field and reads it.
func (s *script) agreeable(items []asked) (enrich.Turn, error) {
	var read []reading
	for _, it := range items {
		r := reading{ID: it.id, Values: []string{}, Of: counting[lead.Field(it.field)], When: "now"}
		for _, turn := range s.turns {
			for _, call := range append(turn.Calls, enrich.Call{Arguments: strings.Trim(turn.Text, "`json\n")}) {
				var recorded struct{ Facts []claim }
				_ = json.Unmarshal([]byte(call.Arguments), &recorded)
				for _, c := range recorded.Facts {
					if string(c.Field) == it.field && strings.Contains(it.item, "<text>"+strings.TrimRight(c.Quote, ".")) {
						r.Values = append(r.Values, c.Value)
					}
				}
			}
		}
		read = append(read, r)
	}
	return readings(read...), nil
}

type reading struct {
	ID     string   `json:"id"`
	Values []string `json:"values"`
	Of     string   `json:"of"`
	When   string   `json:"when"`
}

func readings(read ...reading) enrich.Turn {
	arguments, err := json.Marshal(map[string]any{"readings": append([]reading{}, read...)})
	if err != nil {
		panic(err)
	}
	return enrich.Turn{Calls: []enrich.Call{{ID: "q", Name: prompts.ReadQuotes, Arguments: string(arguments)}},
		Usage: lead.Usage{Calls: 1, PromptTokens: 50, CompletionTokens: 5}}
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

func turns(t ...enrich.Turn) []enrich.Turn { return t }

func options(pages enrich.Pages, m enrich.Model) enrich.Options {
	return enrich.Options{Pages: pages, Model: m}
}

// hanging hangs in the second reading.
type hanging struct{ *script }

func (h hanging) Ask(ctx context.Context, c enrich.Conversation) (enrich.Turn, error) {
	if c.Force == prompts.ReadQuotes {
		<-ctx.Done()
		return enrich.Turn{}, ctx.Err()
	}
	return h.script.Ask(ctx, c)
}

func decode(t fataler, arguments string) []reading {
	t.Helper()
	var r struct{ Readings []reading }
	if err := json.Unmarshal([]byte(arguments), &r); err != nil {
		t.Fatalf("decode: %v", err)
	}
	return r.Readings
}

// lockedScript may be asked by many at once.
type lockedScript struct {
	*script
	mu sync.Mutex
}

func (l *lockedScript) Ask(ctx context.Context, c enrich.Conversation) (enrich.Turn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.script.Ask(ctx, c)
}
