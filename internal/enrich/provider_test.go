package enrich_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/internal/provider"
	"leadtriage/internal/sim"
)

const providerKey = "cf_live_hush"

// clearfacts is a served provider, and how it is declared.
func clearfacts(t *testing.T) (*sim.Provider, provider.Options) {
	t.Helper()
	service := sim.NewProvider(sim.ProviderOptions{Key: providerKey})
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	return service, provider.Options{
		Name:    "clearfacts",
		URL:     server.URL + "/v1/companies/{domain}",
		Headers: []provider.Header{{Name: "Authorization", Value: "Bearer " + providerKey, Variable: "CLEARFACTS_TOKEN"}},
		Map: map[lead.Field]provider.Mapping{
			lead.LegalName:   {Path: "legal.name"},
			lead.Industry:    {Path: "sector", Values: map[string]string{"saas": "software", "Payments": "fintech"}},
			lead.Employees:   {Path: "headcount"},
			lead.HQCountry:   {Path: "offices[0].country"},
			lead.HQCity:      {Path: "offices[0].city"},
			lead.FoundedYear: {Path: "founded"},
			lead.Revenue:     {Path: "revenue.amount", Unit: "EUR"},
			lead.Technology:  {Path: "stack[].product"},
		},
		CostUSD: 0.04,
		Timeout: 5 * time.Second,
	}
}

// trial is an Enricher with one provider, what it counted and what it logged.
type trial struct {
	*enrich.Enricher
	counted map[provider.Result]int
	log     *bytes.Buffer
}

func tryProvider(t *testing.T, p provider.Options, o enrich.Options) trial {
	t.Helper()
	out := trial{counted: map[provider.Result]int{}, log: &bytes.Buffer{}}
	if o.Pages == nil {
		o.Pages = &shelf{err: page.ErrNoSite}
	}
	p.Asked = func(name string, r provider.Result) {
		if name != p.Name {
			t.Errorf("counted for %q", name)
		}
		out.counted[r]++
	}
	o.Logger = slog.New(slog.NewJSONHandler(out.log, nil))
	p.Logger, p.Now = o.Logger, func() time.Time { return now }
	o.Providers = []enrich.Provider{ready(t, p)}
	out.Enricher = enricher(t, o)
	return out
}

func ready(t *testing.T, p provider.Options) *provider.Provider {
	t.Helper()
	made, err := provider.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// stated lists the facts that stand, one a line.
func stated(facts []lead.Fact) string {
	var b strings.Builder
	for _, f := range facts {
		fmt.Fprintf(&b, "%s=%s %s by %s", f.Field, f.Value, f.Status, f.By)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, " [%s]", e.Quote)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// The provider and a page are two sources: where they differ, both are shown.
func TestProviderMeetsThePages(t *testing.T) {
	for name, c := range map[string]struct {
		page, employees string
		status          lead.FactStatus
		evidence        int
		calls           int // what a provider states is not read a second time
	}{
		"agree":    {"We have 250 employees.", "250", lead.Verified, 1, 1},
		"disagree": {"We have 4000 employees.", "4000", lead.Conflicting, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := clearfacts(t)
			m := &script{turns: turns(records(claim{lead.Employees, c.employees, "s1", c.page, 0.9}))}
			got, err := tryProvider(t, p, options(onePage(c.page), m)).Enrich(t.Context(), "", site)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(got.Facts, func(f lead.Fact) bool { return f.Field == lead.Employees })
			if f := got.Facts[i]; f.Status != c.status || len(f.Evidence) != c.evidence {
				t.Errorf("got %+v", f)
			}
			if said := fmt.Sprint(m.heard); strings.Contains(said, "clearfacts") || strings.Contains(said, "Milano") {
				t.Error("the model was told what the provider states")
			}
			if got.Usage.Calls != c.calls || got.Usage.CostUSD != 0.04 {
				t.Errorf("usage %+v", got.Usage)
			}
		})
	}
}

func TestProviderThatTheModelAsks(t *testing.T) {
	service, p := clearfacts(t)
	p.ByModel = true
	ask := enrich.Turn{Calls: []enrich.Call{
		{ID: "a", Name: "ask_clearfacts", Arguments: `{"domain":"havelpay.example"}`}, // the model cannot choose the company
		{ID: "b", Name: "ask_clearfacts", Arguments: `{}`},
	}}
	m := &script{turns: turns(ask, records())}
	got, err := tryProvider(t, p, options(onePage("Welcome."), m)).Enrich(t.Context(), "", site)
	if err != nil || !strings.Contains(stated(got.Facts), "employees=250 verified by clearfacts") || got.Usage.CostUSD != 0.04 {
		t.Errorf("%+v, %v", got, err)
	}
	if r := service.Requests(); len(r) != 1 || r[0].Path != "/v1/companies/"+site {
		t.Errorf("asked %+v", r)
	}
	if tools := m.heard[0].Tools; len(tools) != 3 || tools[2].Name != "ask_clearfacts" || !strings.Contains(tools[2].Description, "founded_year") {
		t.Errorf("offered %+v", tools)
	}
	answers := m.heard[1].Rounds[0].Answers
	if !strings.HasPrefix(answers[0].Text, "clearfacts stated: legal_name, industry, employees,") || strings.Contains(answers[0].Text, "250") || !strings.Contains(answers[1].Text, "already") {
		t.Errorf("answered %+v", answers)
	}

	// Nobody asks, nobody pays.
	got, err = tryProvider(t, p, options(onePage("Welcome."), &script{turns: turns(records())})).Enrich(t.Context(), "", site)
	if err != nil || len(got.Facts) != 0 || got.Usage.CostUSD != 0 || len(service.Requests()) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A real endpoint refuses functions whose schema is not strict.
func TestProviderFunctionIsStrict(t *testing.T) {
	both(t, func(t *testing.T, service *sim.OpenAI, endpoint enrich.Endpoint) {
		_, p := clearfacts(t)
		p.ByModel = true
		if _, err := tryProvider(t, p, options(onePage("We have 250 employees."), enrich.NewModel(endpoint))).Enrich(t.Context(), "", site); err != nil {
			t.Fatal(err)
		}
		if body := string(service.Requests()[0].Body); !strings.Contains(body, `"ask_clearfacts"`) || strings.Contains(body, providerKey) {
			t.Errorf("sent %s", body)
		}
	})
}

// Whatever a provider does, the lead goes on; only its facts are missing.
func TestProviderThatFails(t *testing.T) {
	page503 := sim.ProviderFault{Status: 503}
	for name, c := range map[string]struct {
		fail     func(*sim.Provider, *provider.Options)
		domain   string
		result   provider.Result
		requests int
		cost     float64
		logged   string
	}{
		"unknown company":  {nil, "nobody.example", provider.Unknown, 1, 0.04, ""},
		"once unavailable": {func(s *sim.Provider, _ *provider.Options) { s.FailNext(1, page503) }, site, provider.OK, 2, 0.04, ""},
		"unavailable":      {func(s *sim.Provider, _ *provider.Options) { s.FailNext(2, page503) }, site, provider.Failed, 2, 0, "not available (status 503)"},
		"refuses the key": {func(_ *sim.Provider, p *provider.Options) { p.Headers[0].Value = "Bearer wrong-hush" }, site,
			provider.Refused, 1, 0, `"variables":"CLEARFACTS_TOKEN"`},
		"wants money": {func(s *sim.Provider, _ *provider.Options) { s.FailNext(1, sim.ProviderFault{Status: 402}) }, site, provider.Refused, 1, 0, "status 402"},
		"throttles for long": {func(s *sim.Provider, _ *provider.Options) {
			s.FailNext(1, sim.ProviderFault{Status: 429, RetryAfter: time.Hour})
		}, site, provider.Throttled, 1, 0, "slow down"},
		"throttles a moment": {func(s *sim.Provider, _ *provider.Options) {
			s.FailNext(1, sim.ProviderFault{Status: 429, RetryAfter: time.Second})
		}, site, provider.OK, 2, 0.04, ""},
		"redirects": {func(s *sim.Provider, _ *provider.Options) {
			s.FailNext(1, sim.ProviderFault{Status: 302, Location: "/v1/companies/havelpay.example"})
		}, site, provider.Failed, 1, 0, "redirects"},
		"is silent": {func(s *sim.Provider, p *provider.Options) {
			s.FailNext(2, sim.ProviderFault{})
			p.Timeout = 500 * time.Millisecond
		}, site, provider.Failed, 1, 0, "in time"},
		"speaks HTML": {func(s *sim.Provider, _ *provider.Options) {
			s.FailNext(1, sim.ProviderFault{Status: 200, Body: "<html>"})
		}, site, provider.Failed, 1, 0, "not JSON"},
		"has no end": {func(s *sim.Provider, _ *provider.Options) {
			s.FailNext(1, sim.ProviderFault{Status: 200, Body: `"` + strings.Repeat("a", 2<<20) + `"`})
		}, site, provider.Failed, 1, 0, "longer than"},
		"answers null": {func(s *sim.Provider, _ *provider.Options) {
			s.FailNext(1, sim.ProviderFault{Status: 200, Body: "null"})
		}, site, provider.OK, 1, 0.04, ""},
		"is not there": {func(_ *sim.Provider, p *provider.Options) { p.URL = "http://127.0.0.1:1/{domain}" }, site, provider.Failed, 0, 0, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service, p := clearfacts(t)
			if c.fail != nil {
				c.fail(service, &p)
			}
			m := &script{turns: turns(records(claim{lead.Employees, "250", "s1", "We have 250 employees.", 0.9}))}
			e := tryProvider(t, p, options(onePage("We have 250 employees."), m))
			got, err := e.Enrich(t.Context(), "", c.domain)
			if err != nil || !strings.Contains(stated(got.Facts), "employees=250 verified") {
				t.Errorf("%+v, %v", got.Facts, err)
			}
			if !maps.Equal(e.counted, map[provider.Result]int{c.result: 1}) || len(service.Requests()) != c.requests || got.Usage.CostUSD != c.cost {
				t.Errorf("counted %v, %d requests, cost %v", e.counted, len(service.Requests()), got.Usage.CostUSD)
			}
			log := e.log.String()
			if !strings.Contains(log, c.logged) || c.logged == "" && strings.Contains(log, "provider") {
				t.Errorf("logged %s", log)
			}
			if strings.Contains(log, "hush") || strings.Contains(log, "example") {
				t.Errorf("a secret or a company in the log: %s", log)
			}
		})
	}
}

// What a provider was paid for is not asked again because the model failed.
func TestProviderIsPaidOnce(t *testing.T) {
	service, p := clearfacts(t)
	m := &script{turns: turns(records()), errs: []error{lead.Faultf(lead.Throttled, time.Minute, "x: %w", enrich.ErrThrottled)}}
	e := tryProvider(t, p, options(onePage("Welcome."), m))
	first, err := e.Enrich(t.Context(), "", site)
	if err == nil || first.Usage.CostUSD != 0.04 || len(first.Facts) != 9 {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := e.Enrich(t.Context(), "", site)
	if err != nil || second.Usage.CostUSD != 0 || len(second.Facts) != 9 || len(service.Requests()) != 1 {
		t.Errorf("%+v, %v, %d requests", second, err, len(service.Requests()))
	}
	// Once the facts were handed over, who enriches again wants fresh ones.
	if third, err := e.Enrich(t.Context(), "", site); err != nil || third.Usage.CostUSD != 0.04 || len(service.Requests()) != 2 {
		t.Errorf("%+v, %v", third, err)
	}
}

func TestNoSiteStillAsksTheProvider(t *testing.T) {
	service, p := clearfacts(t)
	m := &script{turns: turns(records())}
	got, err := tryProvider(t, p, options(&shelf{err: fmt.Errorf("x: %w", page.ErrNoSite)}, m)).Enrich(t.Context(), "", site)
	if err != nil || len(got.Facts) != 9 || len(m.heard) != 0 {
		t.Errorf("%+v, %v", got.Facts, err)
	}
	// A site that is down is tried again: what the provider states is known meanwhile, and paid once.
	e := tryProvider(t, p, options(&shelf{err: lead.Faultf(lead.Temporary, 0, "down")}, m))
	for _, cost := range []float64{0.04, 0, 0} {
		got, err = e.Enrich(t.Context(), "", site)
		if err == nil || len(got.Facts) != 9 || got.Usage.CostUSD != cost || len(service.Requests()) != 2 {
			t.Errorf("%+v, %v, %d requests", got, err, len(service.Requests()))
		}
	}
	// So is what it states where no model is configured to read the pages.
	e = tryProvider(t, p, options(onePage("Welcome."), nil))
	for _, cost := range []float64{0.04, 0} {
		got, err = e.Enrich(t.Context(), "", site)
		if err != nil || !got.Unasked || len(got.Facts) != 9 || got.Usage.CostUSD != cost {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// What leaves: the domain, and the name only where the operator wants it.
func TestOnlyTheCompanyLeaves(t *testing.T) {
	service, p := clearfacts(t)
	p.URL += "?called={name}&as={domain}&v=2"
	for _, name := range []string{"Nord & Wind?x=1#y", "jane.doe@northwind.example", strings.Repeat("x", 500)} {
		if _, err := tryProvider(t, p, enrich.Options{}).Enrich(t.Context(), name, site); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"Nord & Wind?x=1#y", "", strings.Repeat("x", 120)}
	for i, r := range service.Requests() {
		if r.Path != "/v1/companies/"+site || r.Query.Get("called") != want[i] || r.Query.Get("as") != site || r.Query.Get("v") != "2" || len(r.Query) != 3 {
			t.Errorf("asked %s with %v", r.Path, r.Query)
		}
		headers := slices.Sorted(maps.Keys(r.Header))
		if !slices.Equal(headers, []string{"Accept", "Accept-Encoding", "Authorization", "User-Agent"}) {
			t.Errorf("sent %v", headers)
		}
	}
	got, err := tryProvider(t, p, enrich.Options{}).Enrich(t.Context(), "", site)
	if err != nil || strings.Contains(got.Facts[0].Evidence[0].URL, "?") {
		t.Errorf("evidence %+v, %v", got.Facts[0].Evidence, err)
	}
}

// A provider that states two values says that it does not know.
func TestProviderThatContradictsItself(t *testing.T) {
	service, p := clearfacts(t)
	p.Map = map[lead.Field]provider.Mapping{lead.HQCountry: {Path: "offices[].country"}}
	got, err := tryProvider(t, p, enrich.Options{}).Enrich(t.Context(), "", site)
	if err != nil || len(got.Facts) != 1 || got.Facts[0].Status != lead.Conflicting || len(service.Requests()) != 1 {
		t.Errorf("%+v, %v", got.Facts, err)
	}
}

func TestProviderIsListedTwice(t *testing.T) {
	_, p := clearfacts(t)
	if _, err := enrich.New(enrich.Options{Providers: []enrich.Provider{ready(t, p), ready(t, p)}}); err == nil {
		t.Error("one name twice")
	}
}
