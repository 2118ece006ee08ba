package intake

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"leadtriage/internal/lead"
)

func document(t *testing.T, s *server) map[string]any {
	t.Helper()
	w := s.do(t, "GET", "/openapi.json", "", "")
	var doc map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return doc
}

func TestDocumentListsEveryRoute(t *testing.T) {
	doc := document(t, newServer(t, nil))
	var got []string
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			got = append(got, strings.ToUpper(method)+" "+path)
			if op.(map[string]any)["summary"] == "" {
				t.Errorf("%s %s has no summary", method, path)
			}
			keyed := strings.HasPrefix(path, "/v1/") && path != "/v1/sources/{name}"
			if _, says := op.(map[string]any)["security"]; says != keyed {
				t.Errorf("%s %s says that it needs a key: %v", method, path, says)
			}
		}
	}
	slices.Sort(got)
	want := []string{"GET /docs", "GET /healthz", "GET /openapi.json", "GET /readyz", "GET /v1/leads", "GET /v1/leads/{id}",
		"POST /v1/costs", "POST /v1/leads", "POST /v1/leads/batch", "POST /v1/leads/{id}/decision", "POST /v1/leads/{id}/events", "POST /v1/leads/{id}/outcomes",
		"POST /v1/leads/{id}/review", "POST /v1/outcomes", "POST /v1/payouts", "POST /v1/sources/{name}", "POST /v1/traffic"}
	if !slices.Equal(got, want) {
		t.Errorf("routes\n%v\nwant\n%v", got, want)
	}
}

// Every example stands under its own schema, and is taken by the parser.
func TestExamples(t *testing.T) {
	s := newServer(t, nil)
	doc := document(t, s)
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(at string, v any)
	walk = func(at string, v any) {
		m, ok := v.(map[string]any)
		if !ok {
			return
		}
		example, has := m["example"]
		if _, isMedia := m["schema"]; has && isMedia && !strings.Contains(at, "ndjson") {
			n++
			schema, err := compiler.Compile("openapi.json#" + at + "/schema")
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			if err := schema.Validate(example); err != nil {
				t.Errorf("%s: %v", at, err)
			}
		}
		for k, inner := range m {
			walk(at+"/"+strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(k), inner)
		}
	}
	walk("", doc)
	if n < 6 {
		t.Errorf("%d examples", n)
	}
	if _, f := ParseLead([]byte(exampleText("lead.json")), acme, noon); f != nil {
		t.Error(f)
	}
	if _, f := ParseAddition([]byte(exampleText("events.json")), acme, noon.AddDate(0, 0, 1)); f != nil {
		t.Error(f)
	}
	if _, f := ParseDecision([]byte(exampleText("decision.json")), acme); f != nil {
		t.Error(f)
	}
	s.do(t, "POST", "/v1/leads/batch", "hubspot", exampleText("batch.ndjson"))
	if len(s.records.incoming) != 1 {
		t.Error("of the batch's two lines one is taken")
	}
	events, err := compiler.Compile("openapi.json#/paths/~1v1~1leads~1%7Bid%7D~1events/post/requestBody/content/application~1json/schema")
	if err != nil {
		t.Fatal(err)
	}
	for _, alone := range []string{`{"type":"demo_request","at":"2026-11-20T08:00:00Z"}`, `{"type":"co_sell","at":"2026-11-20T08:00:00Z","by":"Ada"}`, `[{"type":"demo_request","at":"2026-11-20T08:00:00Z"},{"type":"co_sell","at":"2026-11-20T08:00:00Z"}]`} {
		body, _ := jsonschema.UnmarshalJSON(strings.NewReader(alone))
		if err := events.Validate(body); err != nil {
			t.Errorf("%s: %v", alone, err)
		}
	}
	lineSchema, err := compiler.Compile("openapi.json#/components/schemas/LineResult")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(exampleText("results.ndjson")) {
		result, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if err := lineSchema.Validate(result); err != nil {
			t.Error(err)
		}
	}
	var record lead.Record
	if err := json.Unmarshal([]byte(exampleText("record.json")), &record); err != nil {
		t.Error(err)
	}
}

// The document's schema of a lead and the parser must know the same fields.
func TestDocumentAndParserKnowTheSameFields(t *testing.T) {
	s := newServer(t, nil)
	for name, parse := range map[string]func([]byte) Faults{
		"NewLead":     func(b []byte) Faults { _, f := ParseLead(b, acme, noon); return f },
		"NewAddition": func(b []byte) Faults { _, f := ParseAddition(b, acme, noon); return f },
		"NewDecision": func(b []byte) Faults { _, f := ParseDecision(b, acme); return f },
	} {
		check(t, s, &huma.Schema{Ref: "#/components/schemas/" + name}, name, func(member string) Faults { return parse([]byte(member)) })
	}
}

// check sends every property of a schema, and one that is not there, through parse.
func check(t *testing.T, s *server, schema *huma.Schema, at string, parse func(string) Faults) {
	schema = s.resolve(schema)
	faults := parse(`{"no_such_field":1}`)
	i := slices.IndexFunc(faults, func(f Fault) bool { return strings.HasSuffix(f.Location, "no_such_field") })
	if i < 0 {
		t.Fatalf("%s takes any field: %v", at, faults)
	}
	_, list, _ := strings.Cut(faults[i].Message, " takes ")
	known := strings.Split(list, ", ")
	slices.Sort(known)
	if documented := slices.Sorted(maps.Keys(schema.Properties)); !slices.Equal(known, documented) {
		t.Errorf("%s: parser knows %v, document %v", at, known, documented)
	}
	for name, p := range schema.Properties {
		wrap := `{%q:%s}`
		inner := s.resolve(p)
		if inner.Items != nil {
			wrap, inner = `{%q:[%s]}`, s.resolve(inner.Items)
		}
		if len(inner.Properties) > 0 {
			check(t, s, inner, at+"."+name, func(member string) Faults { return parse(fmt.Sprintf(wrap, name, member)) })
		}
	}
}

func TestDocsPage(t *testing.T) {
	s := newServer(t, nil)
	w := s.do(t, "GET", "/docs", "", "")
	page := w.Body.String()
	for _, want := range []string{"POST", "/v1/leads/batch", "partner.tier", "events[].type", "roi_calculator", "Idempotency-Key", "hubspot_contact_id", "Bearer KEY"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %s", want)
		}
	}
	if found := regexp.MustCompile(`(?i)<script|<link|@import|src=|href="http`).FindString(page); found != "" {
		t.Errorf("the page loads something: %s", found)
	}
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, base64.StdEncoding.EncodeToString(sum[:])) {
		t.Errorf("policy %q does not let the page's own style through", csp)
	}
}
