package enrich_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/prompts"
)

const site = "northwind.example"

func TestNoModelFindsNothing(t *testing.T) {
	p, err := enricher(t, enrich.Options{Pages: onePage("We have 250 employees.")}).Enrich(t.Context(), "", site)
	if err != nil || len(p.Facts) != 0 || p.Facts == nil || p.Domain != site {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestCompanyWithoutASite(t *testing.T) {
	m := &script{turns: turns(records())}
	p, err := enricher(t, options(&shelf{err: fmt.Errorf("read site: %w", page.ErrNoSite)}, m)).Enrich(t.Context(), "", site)
	if err != nil || len(p.Facts) != 0 || len(m.heard) != 0 || p.FoundAt.IsZero() {
		t.Errorf("%+v, %v, %d questions", p, err, len(m.heard))
	}
}

func TestSiteThatFails(t *testing.T) {
	m := &script{turns: turns(records())}
	fault := lead.Faultf(lead.Throttled, 9*time.Second, "busy")
	_, err := enricher(t, options(&shelf{err: fault}, m)).Enrich(t.Context(), "", site)
	if kind, after := lead.KindOf(err); kind != lead.Throttled || after != 9*time.Second || len(m.heard) != 0 {
		t.Errorf("%v, %d questions", err, len(m.heard))
	}
}

func TestFetchedPagesAreSources(t *testing.T) {
	pages := onePage("Welcome.")
	pages.more = map[string]page.Page{"https://northwind.example/team": {URL: "https://northwind.example/team", Text: "We have 250 employees."}}
	pages.fault = lead.Faultf(lead.Permanent, 0, "x: %w", page.ErrForeign)
	m := &script{turns: turns(
		fetches("https://northwind.example/team", "https://elsewhere.example/", "https://northwind.example/about"),
		records(claim{lead.Employees, "250", "s2", "We have 250 employees.", 0.9}))}
	p, err := enricher(t, options(pages, m)).Enrich(t.Context(), "Northwind", site)
	if err != nil || len(p.Facts) != 1 || p.Facts[0].Status != lead.Verified || p.Facts[0].Evidence[0].URL != "https://northwind.example/team" {
		t.Fatalf("%+v, %v", p.Facts, err)
	}
	answers := m.heard[1].Rounds[0].Answers
	for i, want := range []string{`<source id="s2" url="https://northwind.example/team">We have`, "only pages of northwind.example", "source s1 already"} {
		if !strings.Contains(answers[i].Text, want) || answers[i].CallID != m.heard[1].Rounds[0].Turn.Calls[i].ID {
			t.Errorf("answer %d is %q, want %q", i, answers[i].Text, want)
		}
	}
	if p.Usage.Calls != 3 || p.Usage.PromptTokens != 250 {
		t.Errorf("usage %+v", p.Usage)
	}
}

func TestPageFailuresAreAnswered(t *testing.T) {
	for fault, want := range map[error]string{
		page.ErrNotFound: "no such page",
		lead.Faultf(lead.Temporary, 0, "dial 10.0.0.1: refused"):          "could not be read",
		lead.Faultf(lead.Permanent, 0, "x: %w", page.ErrForbiddenAddress): "full address of a public page, such as https://northwind.example/about",
	} {
		pages := onePage("Welcome.")
		pages.fault = fault
		m := &script{turns: turns(fetches("https://northwind.example/x"), records())}
		if _, err := enricher(t, options(pages, m)).Enrich(t.Context(), "", site); err != nil {
			t.Fatal(err)
		}
		if got := m.heard[1].Rounds[0].Answers[0].Text; !strings.Contains(got, want) || strings.Contains(got, "10.0.0.1") {
			t.Errorf("answered %q", got)
		}
	}
}

// One page by two addresses is one source.
func TestAPageIsShownOnce(t *testing.T) {
	pages := onePage("Welcome.")
	about := pages.site[0]
	pages.more = map[string]page.Page{"https://northwind.example/about?ref=nav": about, "http://northwind.example/about": about}
	pages.more["https://northwind.example/team"] = page.Page{URL: "https://northwind.example/team", Text: "Us."}
	m := &script{turns: turns(fetches("https://northwind.example/about?ref=nav", "http://northwind.example/about"), fetches("https://northwind.example/team"), records())}
	if _, err := enricher(t, options(pages, m)).Enrich(t.Context(), "", site); err != nil {
		t.Fatal(err)
	}
	for _, a := range m.heard[1].Rounds[0].Answers {
		if a.Text != "This page is source s1 already." {
			t.Errorf("answered %q", a.Text)
		}
	}
	if got := m.heard[2].Rounds[1].Answers[0].Text; !strings.Contains(got, `<source id="s2"`) {
		t.Errorf("answered %q", got)
	}
}

// Parallel calls may part the facts among them; what is asked beside a record is not.
func TestRecordsOfOneTurnAreOne(t *testing.T) {
	pages := onePage("We have 250 employees. We were founded in 1999.")
	turn := records(claim{lead.Employees, "250", "s1", "We have 250 employees.", 0.9})
	turn.Calls = append(fetches("https://northwind.example/a").Calls, turn.Calls[0], enrich.Call{ID: "x", Name: prompts.RecordFirmographics, Arguments: "{"},
		records(claim{lead.FoundedYear, "1999", "s1", "We were founded in 1999.", 0.9}).Calls[0])
	p, err := enricher(t, options(pages, &script{turns: turns(turn)})).Enrich(t.Context(), "", site)
	if err != nil || len(p.Facts) != 2 || p.Summary != "It does things." || len(pages.asked) != 0 {
		t.Errorf("%+v, %v, asked for %v", p, err, pages.asked)
	}
}

func TestRecordInText(t *testing.T) {
	said := enrich.Turn{Text: "```json\n" + records(claim{lead.Employees, "250", "s1", "We employ 250 people.", 0.9}).Calls[0].Arguments + "\n```"}
	m := &script{turns: turns(said)}
	p, err := enricher(t, options(onePage("We employ 250 people."), m)).Enrich(t.Context(), "Northwind", "northwind.example")
	if err != nil || len(p.Facts) != 1 || p.Facts[0].Status != lead.Verified || len(m.heard) != 1 {
		t.Errorf("%+v (%v) after %d questions, want the fact of the first answer", p.Facts, err, len(m.heard))
	}
}

func TestPagesAreBounded(t *testing.T) {
	pages := onePage("Welcome.")
	pages.fault = page.ErrNotFound
	var urls []string
	for i := range 9 {
		urls = append(urls, fmt.Sprintf("https://northwind.example/%d", i))
	}
	m := &script{turns: turns(fetches(urls...), records())}
	if _, err := enricher(t, options(pages, m)).Enrich(t.Context(), "", site); err != nil || len(pages.asked) != 4 || len(m.heard[1].Rounds[0].Answers) != 9 {
		t.Errorf("%d pages asked for, error %v", len(pages.asked), err)
	}
}

func TestRounds(t *testing.T) {
	call := func(name, arguments string) enrich.Turn {
		return enrich.Turn{Calls: []enrich.Call{{ID: "x", Name: name, Arguments: arguments}}}
	}
	silent := enrich.Turn{}
	refusal := enrich.Turn{Finish: enrich.Refused}
	wrong := call(prompts.RecordFirmographics, `{"facts":[{"field":"shoe_size","value":1}],"extra":true}`)
	cases := []struct {
		name   string
		turns  []enrich.Turn
		is     error
		asked  int
		forced []bool
		told   string // in the answer to the first turn
	}{
		{"at once", turns(records()), nil, 1, []bool{false}, ""},
		{"after a page", turns(fetches("https://northwind.example/a"), records()), nil, 2, []bool{false, false}, "no such page"},
		{"silent, then records", turns(silent, records()), nil, 2, []bool{false, true}, "now"},
		{"silent twice", turns(silent), enrich.ErrRubbish, 2, []bool{false, true}, "now"},
		{"refuses twice", turns(refusal), enrich.ErrRefused, 2, []bool{false, true}, "now"},
		{"wrong, then right", turns(wrong, records()), nil, 2, []bool{false, false}, "at /facts/0/field: value must be one of"},
		{"wrong twice", turns(wrong), enrich.ErrRubbish, 2, []bool{false, false}, "at /facts/0/field: value must be one of"},
		{"not JSON", turns(call(prompts.RecordFirmographics, `{"facts":[`), records()), nil, 2, []bool{false, false}, "not valid JSON"},
		{"cut off", turns(enrich.Turn{Finish: enrich.Cut, Calls: []enrich.Call{{Name: prompts.RecordFirmographics, Arguments: `{"facts":[`}}}, records()), nil, 2, []bool{false, false}, "cut off"},
		{"unknown function", turns(call("lookup", `{}`), records()), nil, 2, []bool{false, false}, "no such function"},
		{"fetch without arguments", turns(call(prompts.FetchPage, `[]`), records()), nil, 2, []bool{false, false}, "must be JSON"},
		{"fetches without end", turns(fetches("https://northwind.example/a")), enrich.ErrRubbish, 5, []bool{false, false, false, true, true}, "no such page"},
		{"mistakes that are mended don't add up", turns(wrong, fetches("https://northwind.example/a"), wrong, records()), nil, 4, []bool{false, false, false, true}, "at /facts/0"},
		{"records beside other calls", turns(enrich.Turn{Calls: append(fetches("https://northwind.example/a").Calls, records().Calls...)}), nil, 1, []bool{false}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pages := onePage("Welcome.")
			pages.fault = page.ErrNotFound
			m := &script{turns: c.turns}
			_, err := enricher(t, options(pages, m)).Enrich(t.Context(), "", site)
			if !errors.Is(err, c.is) || err != nil && func() bool { k, _ := lead.KindOf(err); return k != lead.Temporary }() {
				t.Errorf("error %v, want %v", err, c.is)
			}
			var forced []bool
			for i, h := range m.heard {
				forced = append(forced, h.Force != "")
				if len(h.Rounds) != i {
					t.Errorf("question %d tells of %d rounds", i, len(h.Rounds))
				}
				for _, r := range h.Rounds {
					if len(r.Answers) != len(r.Turn.Calls) {
						t.Errorf("%d answers to %d calls", len(r.Answers), len(r.Turn.Calls))
					}
				}
			}
			if fmt.Sprint(forced) != fmt.Sprint(c.forced) {
				t.Errorf("forced %v, want %v", forced, c.forced)
			}
			if c.told != "" {
				told := fmt.Sprint(m.heard[1].Rounds[0])
				if !strings.Contains(told, c.told) {
					t.Errorf("told %q, want %q", told, c.told)
				}
			}
		})
	}
}

func TestModelFaultGoesUp(t *testing.T) {
	m := &script{turns: turns(fetches("https://northwind.example/a"), enrich.Turn{}), errs: []error{nil, lead.Faultf(lead.Throttled, time.Minute, "x: %w", enrich.ErrThrottled)}}
	pages := onePage("Welcome.")
	pages.fault = page.ErrNotFound
	p, err := enricher(t, options(pages, m)).Enrich(t.Context(), "", site)
	if kind, after := lead.KindOf(err); !errors.Is(err, enrich.ErrThrottled) || kind != lead.Throttled || after != time.Minute {
		t.Errorf("got %v", err)
	}
	if p.Usage.PromptTokens != 100 || len(p.Facts) != 0 {
		t.Errorf("%+v", p)
	}
}

// The pages that are read before the first question leave room in the budget for
// its answer, and for another question; every page has its share.
func TestFirstQuestionKeepsToTheBudget(t *testing.T) {
	long := func(of string) string {
		var b strings.Builder
		for i := range 400 {
			fmt.Fprintf(&b, "Über %s gibt es viel zu lesen, Zeile %d.\n", of, i)
		}
		return b.String()
	}
	pages := &shelf{site: []page.Page{{URL: "https://northwind.example/", Text: "Welcome.\n" + long("uns")}, {URL: "https://northwind.example/about", Text: "We have 250 employees.\n" + long("mich")},
		{URL: "https://northwind.example/imprint", Text: "Northwind S.r.l."}}}
	o := options(pages, &script{turns: turns(records())})
	o.Limits.Tokens = 8_000
	if _, err := enricher(t, o).Enrich(t.Context(), "", site); err != nil {
		t.Fatal(err)
	}
	got := o.Model.(*script).heard[0].User
	if len(got) > 2*o.Limits.Tokens+500 || len(got) < o.Limits.Tokens || !strings.Contains(got, "250 employees") || !strings.Contains(got, "Northwind S.r.l.") || strings.Count(got, ".</source>") != 3 {
		t.Errorf("%d bytes for %d tokens:\n%.500s", len(got), o.Limits.Tokens, got)
	}
}

// What several pages share, such as menus and footers, is shown once, and bears facts
// whichever page the model names.
func TestSharedLinesAreShownOnce(t *testing.T) {
	menu, foot := "Products | Pricing | About us\n", "\nNorthwind S.r.l., 250 employees"
	pages := &shelf{}
	for _, name := range []string{"", "about", "team"} {
		pages.site = append(pages.site, page.Page{URL: "https://northwind.example/" + name, Text: menu + "This is " + name + "." + foot})
	}
	m := &script{turns: turns(records(claim{lead.Employees, "250", "s3", "Northwind S.r.l., 250 employees", 1}))}
	p, err := enricher(t, options(pages, m)).Enrich(t.Context(), "", site)
	if err != nil || verifiedFacts(p)[lead.Employees] != "250" {
		t.Errorf("%+v, %v", p.Facts, err)
	}
	if user := m.heard[0].User; strings.Count(user, "Pricing") != 1 || strings.Count(user, "S.r.l.") != 1 || !strings.Contains(user, "This is team.") {
		t.Errorf("shown: %s", user)
	}
}

func TestTokenBudget(t *testing.T) {
	spends := func(n int, turn enrich.Turn) enrich.Turn {
		turn.Usage = lead.Usage{Calls: 1, PromptTokens: n}
		return turn
	}
	pages := onePage("Welcome.")
	pages.fault = page.ErrNotFound
	o := options(pages, nil)
	o.Limits.Tokens = 10_000

	// Room for one more question: it is forced.
	m := &script{turns: turns(spends(4000, fetches("https://northwind.example/a")), spends(5000, records()))}
	o.Model = m
	if _, err := enricher(t, o).Enrich(t.Context(), "", site); err != nil || m.heard[1].Force == "" {
		t.Errorf("forced %q, error %v", m.heard[1].Force, err)
	}
	// None: asking the same again would cost the same again.
	m = &script{turns: turns(spends(10_000, fetches("https://northwind.example/a")))}
	o.Model = m
	p, err := enricher(t, o).Enrich(t.Context(), "", site)
	if kind, _ := lead.KindOf(err); !errors.Is(err, enrich.ErrBudget) || kind != lead.Permanent || len(m.heard) != 1 || p.Usage.PromptTokens != 10_000 {
		t.Errorf("%v after %d questions", err, len(m.heard))
	}
}

type sleeper struct{}

func (sleeper) Ask(ctx context.Context, _ enrich.Conversation) (enrich.Turn, error) {
	<-ctx.Done()
	return enrich.Turn{}, ctx.Err()
}

func TestTimeBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := enricher(t, options(onePage("Welcome."), sleeper{})).Enrich(t.Context(), "", site)
		if kind, _ := lead.KindOf(err); !errors.Is(err, enrich.ErrOutOfTime) || kind != lead.Temporary || time.Since(start) != 75*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestLongPagesAreCutAtALine(t *testing.T) {
	var text strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&text, "A line of text, %d.\n", i)
	}
	m := &script{turns: turns(records())}
	if _, err := enricher(t, options(onePage(text.String()), m)).Enrich(t.Context(), "", site); err != nil {
		t.Fatal(err)
	}
	if shown := m.heard[0].User; len(shown) > 12_500 || !strings.Contains(shown, ".</source>") {
		t.Errorf("%d bytes shown, ending %q", len(shown), shown[len(shown)-40:])
	}
}

func TestAnswerIsBounded(t *testing.T) {
	var many []claim
	for i := range 500 {
		many = append(many, claim{lead.Technology, fmt.Sprintf("Tool%d", i), "s1", "x", 1})
	}
	p, err := enricher(t, options(onePage("Welcome."), &script{turns: turns(records(many...))})).Enrich(t.Context(), "", site)
	if err != nil || len(p.Facts) != 60 {
		t.Errorf("%d facts, %v", len(p.Facts), err)
	}
}

func TestCost(t *testing.T) {
	turn := records()
	turn.Usage = lead.Usage{Calls: 1, PromptTokens: 1_000_000, CachedTokens: 400_000, CompletionTokens: 100_000}
	o := options(onePage("Welcome."), &script{turns: turns(turn)})
	o.Prices = lead.Prices{"m": {Prompt: 1, Cached: 0.25, Completion: 4}, "": {Prompt: 99}, "other": {Prompt: 7}}
	o.Limits.Tokens = 5_000_000
	p, err := enricher(t, o).Enrich(t.Context(), "", site)
	if err != nil || p.Usage.CostUSD < 1.0999 || p.Usage.CostUSD > 1.1001 {
		t.Errorf("cost %v, %v", p.Usage.CostUSD, err)
	}
}
