package score_test

import (
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

func TestEmployees(t *testing.T) {
	m := model(t)
	for value, want := range map[string]struct {
		points int
		reason string
	}{
		"250":       {10, "250 is within 50–2000 (verified)"},
		"50":        {10, "50 is within 50–2000 (verified)"},
		"2000":      {10, "2000 is within 50–2000 (verified)"},
		"49":        {5, "49 is within 20–49 (verified)"},
		"20":        {5, "20 is within 20–49 (verified)"},
		"2001":      {5, "2001 is within 2001–5000 (verified)"},
		"5000":      {5, "5000 is within 2001–5000 (verified)"},
		"19":        {0, "19 is in no band of 50–2000, 20–49, 2001–5000"},
		"5001":      {0, "5001 is in no band of 50–2000, 20–49, 2001–5000"},
		"51-200":    {10, "51–200 is within 50–2000 (verified)"},
		"40-60":     {5, "40–60 reaches into 20–49, which counts (verified)"},
		"1001-5000": {5, "1001–5000 reaches into 2001–5000, which counts (verified)"},
		"20-5000":   {5, "20–5000 reaches into 20–49, which counts (verified)"},
		"11-50":     {0, "11–50 reaches outside the bands 50–2000, 20–49, 2001–5000"},
		"201-9000":  {0, "201–9000 reaches outside the bands 50–2000, 20–49, 2001–5000"},
		"500+":      {10, "at least 500 is within 50–2000 (verified)"},
		"5000+":     {5, "at least 5000 is within 2001–5000 (verified)"},
		"10001+":    {0, "at least 10001 is in no band of 50–2000, 20–49, 2001–5000"},
		"a lot":     {0, `"a lot" is not a headcount`},
	} {
		l := from(lead.Website)
		l.Facts = []lead.Fact{fact(lead.Employees, value)}
		got := line(t, m.Score(l, now), "employees")
		if got.Points != want.points || got.Reason.String() != want.reason || got.Max != 10 || got.Group != "icp" {
			t.Errorf("%s: %+v, want %+v", value, got, want)
		}
	}
}

func TestOpenBand(t *testing.T) {
	m := model(t, "{from: 2001, to: 5000, points: 5}", "{from: 2001, points: 5}")
	l := from(lead.Website)
	l.Facts = []lead.Fact{fact(lead.Employees, "200000")}
	if got := line(t, m.Score(l, now), "employees"); got.Points != 5 || got.Reason.String() != "200000 is within 2001 or more (verified)" {
		t.Errorf("got %+v", got)
	}
}

func TestFacts(t *testing.T) {
	unverified := func(f lead.Fact) lead.Fact { f.Status = lead.Unverified; return f }
	given := func(f lead.Fact) lead.Fact { f.Status = lead.Given; return f }
	conflict := lead.Fact{Field: lead.Employees, Value: "1200", Status: lead.Conflicting, Evidence: []lead.Evidence{
		{URL: "https://northwind.example/about", Quote: "1,200 people", Value: "1200"},
		{URL: "https://northwind.example/jobs", Quote: "1,200 of us", Value: "1200"}, {Quote: "as sent", Value: "250"}}}
	for name, tc := range map[string]struct {
		facts  []lead.Fact
		rule   string
		points int
		reason string
	}{
		"nothing":          {nil, "employees", 0, "employees not stated"},
		"no country":       {nil, "headquarters", 0, "head-office country not stated"},
		"verified":         {[]lead.Fact{fact(lead.HQCountry, "NO")}, "headquarters", 8, "NO is on the list (verified)"},
		"given":            {[]lead.Fact{given(fact(lead.Industry, "fintech"))}, "industry", 12, "fintech is on the list (given)"},
		"unverified":       {[]lead.Fact{unverified(fact(lead.Employees, "250"))}, "employees", 0, "250 is unverified, earns nothing"},
		"conflicting":      {[]lead.Fact{conflict}, "employees", 0, "1200 on https://northwind.example/about against 250 (as sent): conflicting, earns nothing"},
		"another industry": {[]lead.Fact{fact(lead.Industry, "mining")}, "industry", 0, "mining is not on the list: software, fintech, ecommerce, business_services"},
		"another country":  {[]lead.Fact{fact(lead.HQCountry, "BR")}, "headquarters", 0, "BR is not on the list of 34"},
		"one of two":       {[]lead.Fact{fact(lead.Technology, "Zendesk"), fact(lead.Technology, "salesforce")}, "technology", 6, "salesforce is on the list (verified)"},
		"both count once":  {[]lead.Fact{fact(lead.Technology, "HubSpot"), fact(lead.Technology, "Salesforce")}, "technology", 6, "HubSpot is on the list (verified)"},
		"others":           {[]lead.Fact{fact(lead.Technology, "Zendesk"), fact(lead.Technology, "Marketo")}, "technology", 0, "Marketo, Zendesk are not on the list: HubSpot, Salesforce"},
		"would count":      {[]lead.Fact{fact(lead.Technology, "Zendesk"), unverified(fact(lead.Technology, "HubSpot"))}, "technology", 0, "HubSpot is unverified, earns nothing"},
		"model's use case": {[]lead.Fact{fact(lead.UseCase, "sync CRM with billing")}, "use_case", 0, "not stated by the lead"},
	} {
		l := from(lead.Website)
		l.Facts = tc.facts
		if got := line(t, model(t).Score(l, now), tc.rule); got.Points != tc.points || got.Reason.String() != tc.reason {
			t.Errorf("%s: %+v, want %d: %s", name, got, tc.points, tc.reason)
		}
	}
}

func TestUseCaseIsTheLeadsOwnInThreeWords(t *testing.T) {
	m := model(t)
	for text, want := range map[string]struct {
		points int
		reason string
	}{
		"sync CRM with billing": {4, "stated by the lead in 4 words"},
		"sync our CRM":          {4, "stated by the lead in 3 words"},
		"CRM sync":              {0, "stated too briefly: 3 or more words are needed"},
		"CRM – sync !!":         {0, "stated too briefly: 3 or more words are needed"},
		"- - - -":               {0, "not stated by the lead"},
		"":                      {0, "not stated by the lead"},
	} {
		l := from(lead.Website)
		l.UseCase = text
		if got := line(t, m.Score(l, now), "use_case"); got.Points != want.points || got.Reason.String() != want.reason {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// Points by age, computed by hand: points × 0.5^((days − 7) / 30), half up.
func TestDecay(t *testing.T) {
	m := model(t, "docs_visit: 4", "docs_visit: 5")
	for _, tc := range []struct {
		event string
		days  int
		want  int
	}{
		{"demo_request", -3, 20}, {"demo_request", 0, 20}, {"demo_request", 7, 20},
		{"demo_request", 8, 20},   // 19.54
		{"demo_request", 9, 19},   // 19.10
		{"demo_request", 22, 14},  // 14.14
		{"demo_request", 37, 10},  // half
		{"demo_request", 67, 5},   // a quarter
		{"demo_request", 97, 3},   // 2.5
		{"demo_request", 98, 2},   // 2.44
		{"demo_request", 127, 1},  // 1.25
		{"demo_request", 166, 1},  // 0.508
		{"demo_request", 167, 0},  // 0.496
		{"demo_request", 4000, 0}, //
		{"pricing_page_view", 37, 6},
		{"pricing_page_view", 67, 3},
		{"pricing_page_view", 97, 2}, // 1.5
		{"docs_visit", 37, 3},        // 2.5
		{"docs_visit", 38, 2},        // 2.44
		{"contact_sales", 37, 5},
		{"contact_sales", 67, 3},     // 2.5
		{"integration_click", 52, 3}, // 2.83
	} {
		l := from(lead.Website)
		l.Events = []lead.Event{{Type: tc.event, At: ago(tc.days)}}
		if got := m.Score(l, now); got.Intent != tc.want {
			t.Errorf("%s %d days ago: %d points, want %d (%s)", tc.event, tc.days, got.Intent, tc.want, got.Lines[len(got.Lines)-1].Reason)
		}
	}
}

// An age is a number of whole days: the hours since do not matter.
func TestAgeIsInWholeDays(t *testing.T) {
	m := model(t)
	l := from(lead.Website)
	l.Events = []lead.Event{{Type: "demo_request", At: now.Add(-38*24*time.Hour + time.Second)}}
	if got := m.Score(l, now).Intent; got != 10 {
		t.Errorf("37 days and 23 hours ago: %d points, want 10", got)
	}
}

func TestEachTypeCountsOnceAtItsNewest(t *testing.T) {
	l := from(lead.Website)
	l.Events = []lead.Event{{Type: "demo_request", At: ago(37)}, {Type: "demo_request", At: ago(1)}, {Type: "demo_request", At: ago(67)}}
	s := model(t).Score(l, now)
	if got := line(t, s, "demo_request"); s.Intent != 20 || got.Reason.String() != "newest of 3, yesterday" {
		t.Errorf("got %+v", got)
	}
	l.Events = l.Events[:1]
	if got := line(t, model(t).Score(l, now), "demo_request"); got.Reason.String() != "37 days ago, worth 10 of 20 by now" {
		t.Errorf("got %+v", got)
	}
}

func TestUnknownEventsEarnNothing(t *testing.T) {
	l := from(lead.Website)
	l.Events = events("moon_landing")
	if s := model(t).Score(l, now); s.Total != 0 || len(s.Lines) != 5 {
		t.Errorf("got %+v", s)
	}
}

func TestIntentIsCapped(t *testing.T) {
	l := from(lead.Website)
	l.Events = events(lead.EventTypes...)
	s := model(t).Score(l, now)
	if s.Intent != 60 {
		t.Fatalf("intent %d", s.Intent)
	}
	// 108 points in all: 48 go, from the smallest line first.
	for rule, want := range map[string]int{"demo_request": 20, "integration_install": 20, "pricing_page_view": 12, "trial_started": 8, "budget_confirmed": 0,
		"contact_sales": 0, "integration_click": 0, "use_case_stated": 0, "webinar_attended": 0, "docs_visit": 0} {
		got := line(t, s, rule)
		if got.Points != want {
			t.Errorf("%s: %d, want %d", rule, got.Points, want)
		}
		if capped := strings.Contains(got.Reason.String(), "do not count"); capped != (got.Points < got.Max) {
			t.Errorf("%s: %q", rule, got.Reason)
		}
	}
	if got := line(t, s, "trial_started").Reason.String(); got != "yesterday; 4 of its points do not count: intent counts 60 at most" {
		t.Errorf("reason %q", got)
	}
}

func TestAICitationClicksAreCappedTogether(t *testing.T) {
	clicks := []string{"pricing_page_view", "integration_click", "docs_visit", "webinar_attended"}
	for name, tc := range map[string]struct {
		source lead.Source
		events []string
		want   int
	}{
		"all four":             {lead.AICitation, clicks, 10},
		"with a demo request":  {lead.AICitation, append([]string{"demo_request"}, clicks...), 30},
		"below the cap":        {lead.AICitation, []string{"docs_visit", "webinar_attended"}, 8},
		"one above the cap":    {lead.AICitation, []string{"pricing_page_view"}, 10},
		"from another source":  {lead.Marketplace, clicks, 28},
		"other events are not": {lead.AICitation, []string{"trial_started", "contact_sales"}, 22},
	} {
		l := from(tc.source)
		l.Events = events(tc.events...)
		if s := model(t).Score(l, now); s.Intent != tc.want {
			t.Errorf("%s: intent %d, want %d: %+v", name, s.Intent, tc.want, s.Lines)
		}
	}
	l := from(lead.AICitation)
	l.Events = events(clicks...)
	s := model(t).Score(l, now)
	if got := line(t, s, "pricing_page_view"); got.Points != 10 || !strings.Contains(got.Reason.String(), "2 of its points do not count: ai citation clicks together count 10 at most") {
		t.Errorf("got %+v", got)
	}
}
