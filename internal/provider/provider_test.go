package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/provider"
	"leadtriage/internal/sim"

	"pgregory.net/rapid"
)

const (
	providerKey = "cf_live_hush"
	site        = "northwind.example"
)

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

// trial is a provider, what it counted and what it logged.
type trial struct {
	*provider.Provider
	counted map[provider.Result]int
	log     *bytes.Buffer
}

func tryProvider(t *testing.T, p provider.Options) trial {
	t.Helper()
	out := trial{counted: map[provider.Result]int{}, log: &bytes.Buffer{}}
	p.Asked = func(name string, r provider.Result) {
		if name != p.Name {
			t.Errorf("counted for %q", name)
		}
		out.counted[r]++
	}
	p.Logger = slog.New(slog.NewJSONHandler(out.log, nil))
	p.Now = func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
	var err error
	if out.Provider, err = provider.New(p); err != nil {
		t.Fatal(err)
	}
	return out
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

func TestProviderStatesFactsWithoutAModel(t *testing.T) {
	service, p := clearfacts(t)
	e := tryProvider(t, p)
	got, cost := e.Ask(t.Context(), "Northwind", site)
	want := `legal_name=Northwind S.r.l. verified by clearfacts ["name": "Northwind S.r.l."]
industry=software verified by clearfacts ["sector": "SaaS"]
employees=250 verified by clearfacts ["headcount": 250]
hq_country=IT verified by clearfacts ["country": "ITA"]
hq_city=Milano verified by clearfacts ["city": "Milano"]
founded_year=2014 verified by clearfacts ["founded": "2014"]
revenue=31000000 EUR verified by clearfacts ["amount": 31000000]
technology=HubSpot verified by clearfacts ["product": "hubspot crm"]
technology=Stripe verified by clearfacts ["product": "Stripe"]
`
	if s := stated(got); s != want {
		t.Errorf("got\n%swant\n%s", s, want)
	}
	if url := got[0].Evidence[0].URL; url != strings.Replace(p.URL, "{domain}", site, 1) {
		t.Errorf("evidence at %s", url)
	}
	if cost != 0.04 || e.counted[provider.OK] != 1 || len(service.Requests()) != 1 {
		t.Errorf("cost %v, counted %v", cost, e.counted)
	}
}

func TestProviderIsSpared(t *testing.T) {
	t.Run("as it asked", func(t *testing.T) {
		service, p := clearfacts(t)
		service.FailNext(1, sim.ProviderFault{Status: 429, RetryAfter: time.Hour})
		e := tryProvider(t, p)
		for range 3 {
			e.Ask(t.Context(), "", site)
		}
		if len(service.Requests()) != 1 || e.counted[provider.Throttled] != 3 {
			t.Errorf("%d requests, counted %v", len(service.Requests()), e.counted)
		}
	})
	t.Run("after failures", func(t *testing.T) {
		service, p := clearfacts(t)
		service.FailNext(100, sim.ProviderFault{Status: 500})
		e := tryProvider(t, p)
		for range 5 {
			e.Ask(t.Context(), "", site)
		}
		if n := len(service.Requests()); n != 5 {
			t.Errorf("%d requests, want the 5 that opened the circuit", n)
		}
	})
}

func TestProviderAnswers(t *testing.T) {
	for name, c := range map[string]struct{ path, body, want string }{
		"number":          {"n", `{"n": 250}`, `250 ["n": 250]`},
		"whole fraction":  {"n", `{"n": 250.0}`, `250 ["n": 250.0]`},
		"range":           {"n", `{"n": "51-200"}`, `51-200 ["n": "51-200"]`},
		"by exponent":     {"n", `{"n":2.5e2}`, `250 ["n":2.5e2]`},
		"negative":        {"n", `{"n": -4}`, ``},
		"half a person":   {"n", `{"n": 2.5}`, ``},
		"prose":           {"n", `{"n": "a lot"}`, ``},
		"object":          {"n", `{"n": {"value": 4}}`, ``},
		"list":            {"n", `{"n": [4]}`, ``},
		"null":            {"n", `{"n": null}`, ``},
		"unknown":         {"n", `{"n": "unknown"}`, ``},
		"missing":         {"n", `{"m": 4}`, ``},
		"twice":           {"n", `{"n": 4, "n": 5}`, ``},
		"deep":            {"a.b[1].c", `{"a":{"b":[0,{"c":"7"}]}}`, `7 ["c":"7"]`},
		"out of the list": {"a[3]", `{"a":[1]}`, ``},
		"top-level list":  {"[0].n", `[{"n": 9}]`, `9 ["n": 9]`},
		"list of lists":   {"a[1][0]", `{"a":[[1],[12]]}`, `12 [12]`},
		"wrong kind":      {"a.b", `{"a":[1]}`, ``},
		"odd keys":        {`a\"b`, `{"a\\\"b" :12}`, `12 ["a\\\"b" :12]`},
		"escapes":         {"n", `{"m":"\\", "n": "\u0032\u0035"}`, `25 ["n": "\u0032\u0035"]`},
		"over lines":      {"n", "{\"n\":\n   8}", `8 ["n": 8]`},
	} {
		t.Run(name, func(t *testing.T) {
			service, p := clearfacts(t)
			p.Map = map[lead.Field]provider.Mapping{lead.Employees: {Path: c.path}}
			service.FailNext(1, sim.ProviderFault{Status: 200, Body: c.body})
			e := tryProvider(t, p)
			got, _ := e.Ask(t.Context(), "", site)
			want := c.want
			if want != "" {
				value, quote, _ := strings.Cut(want, " ")
				want = "employees=" + value + " verified by clearfacts " + quote + "\n"
			}
			if s := stated(got); s != want {
				t.Errorf("got %q, want %q; log %s", s, want, e.log)
			}
		})
	}
}

// Where the provider says whom it talks about, it must be the company asked about.
func TestProviderThatAnswersAboutAnother(t *testing.T) {
	for body, facts := range map[string]int{
		`{"headcount": 250, "site": "https://www.Northwind.example/"}`: 1,
		`{"headcount": 250, "site": "havelpay.example"}`:               0,
		`{"headcount": 250, "site": null}`:                             0,
		`{"headcount": 250}`:                                           0,
	} {
		service, p := clearfacts(t)
		p.Domain = "site"
		service.FailNext(1, sim.ProviderFault{Status: 200, Body: body})
		e := tryProvider(t, p)
		got, cost := e.Ask(t.Context(), "", site)
		if len(got) != facts || cost != 0.04 || e.counted[provider.Unknown] != 1-facts {
			t.Errorf("%s: %+v, %v, counted %v", body, got, cost, e.counted)
		}
	}
}

// The quote is a part of the answer, letter by letter.
func TestQuoteStandsInTheAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[a-z"\\é]{1,6}`).Draw(t, "key")
		space := rapid.SampledFrom([]string{"", " ", "  "}).Draw(t, "space")
		before := rapid.SampledFrom([]string{"", `"z0": [1, {"x": "}\""}],`, `"\\": {"n": 3},`}).Draw(t, "before")
		n := rapid.IntRange(1, 100000).Draw(t, "n")
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
		part := quoted + space + ":" + space + fmt.Sprint(n)
		body := "{" + before + space + part + space + `, "later": "` + "x" + `"}`
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(body)) }))
		defer server.Close()
		p := provider.Options{Name: "x", URL: server.URL + "/{domain}", Map: map[lead.Field]provider.Mapping{lead.Employees: {Path: key}}}
		if key == "later" || key == "z0" || strings.HasPrefix(before, quoted) {
			t.Skip()
		}
		e, err := provider.New(p)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := e.Ask(context.Background(), "", site)
		if len(got) != 1 || got[0].Evidence[0].Quote != strings.Join(strings.Fields(part), " ") || got[0].Value != fmt.Sprint(n) {
			t.Fatalf("%s: %+v", body, got)
		}
	})
}

func TestProviderDeclaredWrongly(t *testing.T) {
	good := func() provider.Options {
		return provider.Options{Name: "p", URL: "https://p.example/{domain}", Map: map[lead.Field]provider.Mapping{lead.Employees: {Path: "n"}}}
	}
	if _, err := provider.New(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*provider.Options){
		"name":          func(p *provider.Options) { p.Name = "Clear Facts" },
		"relative":      func(p *provider.Options) { p.URL = "/{domain}" },
		"scheme":        func(p *provider.Options) { p.URL = "ftp://p.example/{domain}" },
		"password":      func(p *provider.Options) { p.URL = "https://u:hush@p.example/{domain}" },
		"no domain":     func(p *provider.Options) { p.URL = "https://p.example/?q={name}" },
		"chosen host":   func(p *provider.Options) { p.URL = "https://{domain}/facts" },
		"chosen port":   func(p *provider.Options) { p.URL = "https://p.example:{domain}/" },
		"chosen host 2": func(p *provider.Options) { p.URL = "https://{domain}?q=1" },
		"name in path":  func(p *provider.Options) { p.URL = "https://p.example/{name}/{domain}" },
		"other braces":  func(p *provider.Options) { p.URL = "https://p.example/{domain}?mail={email}" },
		"fragment":      func(p *provider.Options) { p.URL = "https://p.example/{domain}#{name}" },
		"no map":        func(p *provider.Options) { p.Map = nil },
		"unknown field": func(p *provider.Options) { p.Map["shoe_size"] = provider.Mapping{Path: "n"} },
		"path":          func(p *provider.Options) { p.Map[lead.Employees] = provider.Mapping{Path: "a..b"} },
		"path 2":        func(p *provider.Options) { p.Map[lead.Employees] = provider.Mapping{Path: "a[0"} },
		"path 3":        func(p *provider.Options) { p.Map[lead.Employees] = provider.Mapping{} },
		"domain":        func(p *provider.Options) { p.Domain = "a b[" },
		"path 4":        func(p *provider.Options) { p.Map[lead.Employees] = provider.Mapping{Path: "a.[0]"} },
	} {
		p := good()
		spoil(&p)
		_, err := provider.New(p)
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
