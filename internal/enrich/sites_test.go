package enrich_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/internal/sim"
)

// apis are the two dialects, each with a model that needs it.
var apis = []struct {
	api   enrich.API
	model string
}{{enrich.Chat, "gpt-4.1-mini"}, {enrich.Responses, "gpt-4.1-mini"}, {enrich.Responses, "gpt-5-mini"}}

// labels are what the simulated model knows of the sentences in these tests.
var labels = []sim.Label{{Sentence: evidence.Sentence{Field: lead.Employees, Value: "250", Quote: "Northwind employs 250 people",
	Reading: evidence.Reading{Values: []string{"250"}, Of: "whole_company", When: "now"}}}}

// taken counts the requests but those in which a parameter was refused.
func taken(service *sim.OpenAI) int {
	return len(slices.DeleteFunc(service.Requests(), func(r sim.ModelRequest) bool { return r.Status == http.StatusBadRequest }))
}

// both runs a test against either API of a simulated service.
func both(t *testing.T, f func(t *testing.T, service *sim.OpenAI, endpoint enrich.Endpoint)) {
	bothAs(t, "", f)
}

func bothAs(t *testing.T, profile sim.ModelProfile, f func(t *testing.T, service *sim.OpenAI, endpoint enrich.Endpoint)) {
	for _, a := range apis {
		t.Run(fmt.Sprint(a.api, " ", a.model), func(t *testing.T) {
			service := sim.NewOpenAI(sim.OpenAIOptions{Key: "sk-secret-key", Labels: labels, Profile: profile})
			server := httptest.NewServer(service)
			t.Cleanup(server.Close)
			f(t, service, enrich.Endpoint{Key: "sk-secret-key", BaseURL: server.URL + "/v1", Model: a.model, API: a.api, RetryDelay: time.Millisecond})
		})
	}
}

func reader(t *testing.T, web *sim.Web) *page.Reader {
	t.Helper()
	server := httptest.NewServer(web)
	t.Cleanup(server.Close)
	resolve, err := page.ParseResolve("*=" + strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	r := page.NewReader(page.Options{Resolve: resolve})
	t.Cleanup(r.Close)
	return r
}

func verifiedFacts(p lead.Profile) map[lead.Field]string {
	m := map[lead.Field]string{}
	for _, f := range p.Facts {
		if f.Status == lead.Verified {
			m[f.Field] = f.Value
		}
	}
	return m
}

func TestSampleCompanies(t *testing.T) {
	type facts = map[lead.Field]string
	cast := map[string]facts{ // what must be verified
		"northwind.example":         {lead.Industry: "software", lead.Employees: "250", lead.HQCountry: "IT", lead.FoundedYear: "2014", lead.Technology: "HubSpot"},
		"havelpay.example":          {lead.Employees: "500+", lead.HQCountry: "DE", lead.HQCity: "Berlin", lead.Revenue: "74000000 EUR 2025", lead.Technology: "Salesforce"},
		"kirkgate-services.example": {lead.Industry: "business_services", lead.Employees: "340", lead.HQCountry: "GB", lead.Technology: "Salesforce"},
		"fatturachiara.example":     {lead.Industry: "software", lead.Employees: "120+", lead.HQCountry: "IT", lead.Technology: "HubSpot"},
		"lakeside-stamping.example": {lead.Employees: "95", lead.HQCountry: "US"},
		"redclay-piling.example":    {lead.Industry: "construction", lead.Employees: "41", lead.HQCountry: "CA"},
		"polderlogic.example":       {lead.Industry: "software", lead.Employees: "180", lead.HQCountry: "NL"},
		"harbourline.example":       {lead.Industry: "software", lead.Employees: "90", lead.HQCountry: "IE"},
		"glowrank.example":          {lead.Employees: "6", lead.HQCountry: "US"}, // whatever it orders
		"clarascope.example":        {lead.Industry: "software", lead.Employees: "65", lead.HQCountry: "CH"},
	}
	never := map[string][]lead.Field{ // what no page states, or a page lies about
		"glowrank.example":     {lead.Technology},
		"parcelpigeon.example": {lead.Employees, lead.Technology},
		"remotewren.example":   {lead.Employees, lead.HQCountry, lead.HQCity},
		"harbourline.example":  {lead.Technology},
	}
	bothOf := func(f func(*testing.T, *sim.OpenAI, enrich.Endpoint)) {
		both(t, f)
		for _, profile := range []sim.ModelProfile{sim.ModelStrict, sim.ModelCarrying, sim.ModelLoose} {
			t.Run(string(profile), func(t *testing.T) { bothAs(t, profile, f) })
		}
	}
	bothOf(func(t *testing.T, service *sim.OpenAI, endpoint enrich.Endpoint) {
		web := sim.NewWeb()
		e := enricher(t, options(reader(t, web), enrich.NewModel(endpoint)))
		defer func() { // what an endpoint refuses is learned once
			refused := slices.DeleteFunc(service.Requests(), func(r sim.ModelRequest) bool { return r.Status < 400 })
			if len(refused) > 6 {
				t.Errorf("%d requests were refused", len(refused))
			}
		}()
		for _, host := range web.Hosts() {
			p, err := e.Enrich(t.Context(), "", host)
			if err != nil {
				t.Errorf("%s: %v", host, err)
				continue
			}
			got := verifiedFacts(p)
			for field, want := range cast[host] {
				if got[field] != want {
					t.Errorf("%s: %s is %q, want %q", host, field, got[field], want)
				}
			}
			for _, field := range never[host] {
				if got[field] != "" {
					t.Errorf("%s: %s verified as %q", host, field, got[field])
				}
			}
			if p.Usage.Calls == 0 || p.Usage.PromptTokens == 0 || p.Usage.CompletionTokens == 0 || !p.FoundAt.Equal(now) {
				t.Errorf("%s: usage %+v, found at %s", host, p.Usage, p.FoundAt)
			}
		}
	})
}

// What leaves for the model: nothing of a contact, and never to be stored.
func TestNothingPersonalLeaves(t *testing.T) {
	both(t, func(t *testing.T, service *sim.OpenAI, endpoint enrich.Endpoint) {
		web := sim.NewWeb()
		web.Add("northwind.example", "/", `<p>We make software. Ask jane@northwind.example.</p><a href="/contact?to=jane%40northwind.example&tel=0255501234">Contact</a>`)
		web.Add("northwind.example", "/contact", "<p>We have 250 employees.</p>")
		pages := reader(t, web)
		// Somebody sent a mailbox or a phone number as the company's name, and the site shows
		// others, in its text and in an address.
		for _, name := range []string{"jane.doe@northwind.example", "jane (at) northwind.example", "Northwind +39 02 5550 1234"} {
			if _, err := enricher(t, options(pages, enrich.NewModel(endpoint))).Enrich(t.Context(), name, "northwind.example"); err != nil {
				t.Fatal(err)
			}
		}
		requests := service.Requests()
		if len(requests) == 0 {
			t.Fatal("no request")
		}
		for _, r := range requests {
			if !bytes.Contains(r.Body, []byte("250 employees")) {
				t.Error("the contact page was not shown")
			}
			for _, personal := range []string{"jane", "@northwind", "%40", "5550"} {
				if bytes.Contains(bytes.ToLower(r.Body), []byte(personal)) {
					t.Errorf("%q left for the model", personal)
				}
			}
			var body struct {
				Store *bool `json:"store"`
			}
			if err := json.Unmarshal(r.Body, &body); err != nil || body.Store == nil || *body.Store {
				t.Errorf("store is not false: %v", err)
			}
		}
	})
}

// The part that is the same for all companies comes first, so that it is cached.
func TestStablePartIsCached(t *testing.T) {
	both(t, func(t *testing.T, _ *sim.OpenAI, endpoint enrich.Endpoint) {
		e := enricher(t, options(reader(t, sim.NewWeb()), enrich.NewModel(endpoint)))
		for i, host := range []string{"northwind.example", "havelpay.example"} {
			p, err := e.Enrich(t.Context(), "", host)
			if err != nil || i > 0 && p.Usage.CachedTokens == 0 {
				t.Errorf("%s: %+v, %v", host, p.Usage, err)
			}
		}
	})
}

func TestSimulatedFaults(t *testing.T) {
	const site = "northwind.example"
	cases := []struct {
		fault sim.ModelFault
		times int
		is    error // nil: it gets through
		kind  lead.FaultKind
		after time.Duration
		seen  int // requests
	}{
		{sim.ModelFault{Kind: sim.ModelThrottled, RetryAfter: 7 * time.Second}, 1, enrich.ErrThrottled, lead.Throttled, 7 * time.Second, 1},
		{sim.ModelFault{Kind: sim.ModelNoQuota}, 1, enrich.ErrQuota, lead.Unpaid, 5 * time.Minute, 1},
		{sim.ModelFault{Kind: sim.ModelServerError}, 2, nil, 0, 0, 3},
		{sim.ModelFault{Kind: sim.ModelServerError}, 3, enrich.ErrUnavailable, lead.Temporary, 0, 3},
		{sim.ModelFault{Kind: sim.ModelBadGateway}, 2, nil, 0, 0, 3},
		{sim.ModelFault{Kind: sim.ModelErrorIn200}, 3, enrich.ErrUnavailable, lead.Temporary, 0, 3},
		{sim.ModelFault{Kind: sim.ModelCut}, 3, enrich.ErrUnavailable, lead.Temporary, 0, 3},
		{sim.ModelFault{Kind: sim.ModelGarbledArguments}, 1, nil, 0, 0, 2},
		{sim.ModelFault{Kind: sim.ModelGarbledArguments}, 2, enrich.ErrRubbish, lead.Temporary, 0, 2},
		{sim.ModelFault{Kind: sim.ModelWrongArguments}, 1, nil, 0, 0, 2},
		{sim.ModelFault{Kind: sim.ModelWrongArguments}, 2, enrich.ErrRubbish, lead.Temporary, 0, 2},
		{sim.ModelFault{Kind: sim.ModelPlainText}, 1, nil, 0, 0, 2},
		{sim.ModelFault{Kind: sim.ModelPlainText}, 2, enrich.ErrRubbish, lead.Temporary, 0, 2},
		{sim.ModelFault{Kind: sim.ModelRefusal}, 1, nil, 0, 0, 2},
		{sim.ModelFault{Kind: sim.ModelRefusal}, 2, enrich.ErrRefused, lead.Temporary, 0, 2},
		{sim.ModelFault{Kind: sim.ModelTruncated}, 1, nil, 0, 0, 2},
		{sim.ModelFault{Kind: sim.ModelUnknownFunction}, 1, nil, 0, 0, 2},
		{sim.ModelFault{Kind: sim.ModelUnknownFunction}, 2, enrich.ErrRubbish, lead.Temporary, 0, 2},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.times, " × ", c.fault.Kind), func(t *testing.T) {
			both(t, func(t *testing.T, service *sim.OpenAI, endpoint enrich.Endpoint) {
				service.FailNext(c.times, c.fault)
				e := enricher(t, options(onePage("Northwind employs 250 people in Milan, Italy."), enrich.NewModel(endpoint)))
				p, err := e.Enrich(t.Context(), "", site)
				if seen := taken(service); seen != c.seen && !(c.is == nil && seen == c.seen+1) { // a second reading follows
					t.Errorf("%d requests, want %d", taken(service), c.seen)
				}
				if c.is == nil {
					if err != nil || verifiedFacts(p)[lead.Employees] != "250" {
						t.Errorf("facts %+v, error %v", p.Facts, err)
					}
					return
				}
				kind, after := lead.KindOf(err)
				if !errors.Is(err, c.is) || kind != c.kind || after != c.after {
					t.Errorf("got %v (kind %d, after %s), want %v", err, kind, after, c.is)
				}
				if len(p.Facts) != 0 || strings.Contains(err.Error(), endpoint.Key) {
					t.Errorf("facts %+v, error %v", p.Facts, err)
				}
			})
		})
	}
}

func TestSpentUsageIsReportedWithTheError(t *testing.T) {
	both(t, func(t *testing.T, service *sim.OpenAI, endpoint enrich.Endpoint) {
		service.FailNext(2, sim.ModelFault{Kind: sim.ModelRefusal})
		o := options(onePage("Northwind employs 250 people."), enrich.NewModel(endpoint))
		o.Prices = lead.Prices{"gpt": {Prompt: 1, Cached: 0.1, Completion: 2}}
		p, err := enricher(t, o).Enrich(t.Context(), "", "northwind.example")
		if err == nil || p.Usage.Calls != 2 || p.Usage.PromptTokens == 0 || p.Usage.CostUSD <= 0 {
			t.Errorf("usage %+v, error %v", p.Usage, err)
		}
	})
}

// A model that only ever wants one more page is made to record what it has.
func TestEndlessFetching(t *testing.T) {
	both(t, func(t *testing.T, service *sim.OpenAI, endpoint enrich.Endpoint) {
		service.SetFault(func(sim.ModelRequest) *sim.ModelFault { return &sim.ModelFault{Kind: sim.ModelEndlessFetch} })
		e := enricher(t, options(reader(t, sim.NewWeb()), enrich.NewModel(endpoint)))
		p, err := e.Enrich(t.Context(), "", "northwind.example")
		if err != nil || taken(service) != 5 || verifiedFacts(p)[lead.Employees] != "250" {
			t.Errorf("%d requests, error %v, facts %+v", taken(service), err, p.Facts)
		}
	})
}

func TestWrongKeyAndModel(t *testing.T) {
	both(t, func(t *testing.T, _ *sim.OpenAI, endpoint enrich.Endpoint) {
		wrongKey, wrongModel := endpoint, endpoint
		wrongKey.Key, wrongModel.Model = "sk-other-secret", "gpt-nowhere"
		for _, c := range []struct {
			endpoint enrich.Endpoint
			is       error
			names    string
		}{{wrongKey, enrich.ErrKey, "OPENAI_API_KEY"}, {wrongModel, enrich.ErrUnknown, "OPENAI_MODEL"}} {
			_, err := enricher(t, options(onePage("x y z"), enrich.NewModel(c.endpoint))).Enrich(t.Context(), "", "northwind.example")
			kind, after := lead.KindOf(err)
			if !errors.Is(err, c.is) || kind != lead.Temporary || after != 5*time.Minute ||
				!strings.Contains(err.Error(), c.names) || strings.Contains(err.Error(), c.endpoint.Key) {
				t.Errorf("got %v (kind %d, after %s)", err, kind, after)
			}
		}
	})
}

func TestReasoningTravelsSealed(t *testing.T) {
	service := sim.NewOpenAI(sim.OpenAIOptions{})
	server := httptest.NewServer(service)
	defer server.Close()
	m := enrich.NewModel(enrich.Endpoint{Key: "k", BaseURL: server.URL + "/v1", Model: "gpt-5-mini", API: enrich.Responses})
	if _, err := enricher(t, options(reader(t, sim.NewWeb()), m)).Enrich(t.Context(), "", "harbourline.example"); err != nil {
		t.Fatal(err)
	}
	requests := service.Requests()
	if len(requests) < 2 {
		t.Fatalf("%d requests: the page with the head count was not asked for", len(requests))
	}
	first, last := string(requests[0].Body), string(requests[1].Body)
	if !strings.Contains(first, "reasoning.encrypted_content") || !strings.Contains(last, `"encrypted_content"`) || !slices.ContainsFunc(requests, func(r sim.ModelRequest) bool {
		return strings.Contains(string(r.Body), "function_call_output")
	}) {
		t.Error("the model's own items did not come back to it")
	}
}

// A server whose model has no functions, such as llama.cpp with a template that
// knows none, still has its words held to the record's schema.
func TestAModelWithoutFunctionsRecordsInAForm(t *testing.T) {
	service := sim.NewOpenAI(sim.OpenAIOptions{Labels: labels})
	server := httptest.NewServer(service)
	defer server.Close()
	service.SetFault(func(sim.ModelRequest) *sim.ModelFault { return &sim.ModelFault{Kind: sim.ModelDeaf} })
	m := enrich.NewModel(enrich.Endpoint{Key: "k", BaseURL: server.URL + "/v1", Model: "gpt-4.1-mini", API: enrich.Chat})
	p, err := enricher(t, options(onePage("Northwind employs 250 people in Milan, Italy."), m)).Enrich(t.Context(), "", "northwind.example")
	if err != nil || verifiedFacts(p)[lead.Employees] != "250" || taken(service) != 4 { // both readings
		t.Fatalf("%d requests, facts %+v, error %v", taken(service), p.Facts, err)
	}
	var free, forced map[string]any
	if err := errors.Join(json.Unmarshal(service.Requests()[0].Body, &free), json.Unmarshal(service.Requests()[1].Body, &forced)); err != nil {
		t.Fatal(err)
	}
	if free["response_format"] != nil || forced["response_format"] == nil || forced["tools"] != nil || forced["tool_choice"] != nil {
		t.Errorf("first %v, then format %v, tools %v, choice %v", free["response_format"], forced["response_format"], forced["tools"], forced["tool_choice"])
	}
}

// A form that breaks the schema all the same is the second mistake in a row.
func TestAFormThatIsWrongEndsTheTalk(t *testing.T) {
	text := func(content string) func(*http.Request) (*http.Response, error) {
		body, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": content}}}})
		return answer(200, string(body))
	}
	w := &wire{answers: []func(*http.Request) (*http.Response, error){text("Sure!"), text("```json\n{\"facts\":[{\"field\":\"shoe_size\"}]}\n```"), text("never")}}
	_, err := enricher(t, options(onePage("We have 250 employees."), model(enrich.Chat, w, io.Discard))).Enrich(t.Context(), "", "northwind.example")
	if !errors.Is(err, enrich.ErrRubbish) || len(w.bodies) != 2 {
		t.Fatalf("%d requests, %v", len(w.bodies), err)
	}
}

// A server that knows no form of a schema is asked for the function by its name.
func TestAServerWithoutFormsIsAskedByName(t *testing.T) {
	prose := answer(200, `{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"Sure!"}}]}`)
	arguments, _ := json.Marshal(`{"facts":[{"field":"employees","value":"250","source_id":"s1","quote":"We have 250 employees.","confidence":1}],"summary":""}`)
	called := answer(200, `{"choices":[{"finish_reason":"tool_calls","message":{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"record_firmographics","arguments":`+string(arguments)+`}}]}}]}`)
	read, _ := json.Marshal(`{"readings":[{"id":"q1","values":["250"],"of":"whole_company","when":"now"}]}`)
	readCalled := answer(200, `{"choices":[{"finish_reason":"tool_calls","message":{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"read_quotes","arguments":`+string(read)+`}}]}}]}`)
	w := &wire{answers: []func(*http.Request) (*http.Response, error){prose, answer(500, `{"error":{"message":"response_format.type: should be 'text' or 'json_object'"}}`), called, readCalled}}
	p, err := enricher(t, options(onePage("We have 250 employees."), model(enrich.Chat, w, io.Discard))).Enrich(t.Context(), "", "northwind.example")
	if err != nil || verifiedFacts(p)[lead.Employees] != "250" || len(w.bodies) != 4 {
		t.Fatalf("%d requests, facts %+v, error %v", len(w.bodies), p.Facts, err)
	}
	if last := string(w.bodies[2]); strings.Contains(last, "response_format") || !strings.Contains(last, `"tool_choice":{"function":{"name":"record_firmographics"},"type":"function"}`) {
		t.Errorf("it is asked %s", last)
	}
}
