package source

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 9, 14, 12, 0, 0, 0, time.UTC)

func mapper(t testing.TB, m Mapping) *Mapper {
	t.Helper()
	ready, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	return ready
}

func mapOne(t testing.TB, m Mapping, body string) Mapped {
	t.Helper()
	value, err := ReadJSON([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	ready := mapper(t, m)
	items, fault := ready.Items(value)
	if fault != nil || len(items) != 1 {
		t.Fatalf("%d items, %v", len(items), fault)
	}
	return ready.Lead(items[0], noon)
}

func TestRules(t *testing.T) {
	at := func(paths ...string) Rule { return Rule{Path: paths} }
	for name, tc := range map[string]struct {
		field string
		rule  Rule
		body  string
		want  string // of the lead
	}{
		"path":                 {"use_case", at("a.b[1].c"), `{"a":{"b":[{}, {"c":" x "}]}}`, `{"use_case":"x"}`},
		"column with dots":     {"use_case", at("Account.Name"), `{"Account.Name":"x","Account":{"Name":"y"}}`, `{"use_case":"x"}`},
		"nothing there":        {"use_case", at("a.b"), `{"a":"x"}`, `{}`},
		"null":                 {"use_case", at("a"), `{"a":null}`, `{}`},
		"first that says":      {"use_case", at("a", "b", "c"), `{"a":"","b":"x","c":"y"}`, `{"use_case":"x"}`},
		"joined":               {"contact.name", Rule{Path: []string{"a", "b", "c"}, Join: " "}, `{"a":"Jane","b":null,"c":"Doe"}`, `{"contact":{"name":"Jane Doe"}}`},
		"constant":             {"source", Rule{Value: "website"}, `{}`, `{"source":"website"}`},
		"default":              {"partner.id", Rule{Path: []string{"a"}, Default: "direct"}, `{}`, `{"partner":{"id":"direct"}}`},
		"table":                {"partner.id", Rule{Path: []string{"a"}, Values: map[string]string{"Acme Inc": "acme"}}, `{"a":"ACME inc"}`, `{"partner":{"id":"acme"}}`},
		"not in the table":     {"partner.id", Rule{Path: []string{"a"}, Values: map[string]string{"x": "acme"}}, `{"a":"y"}`, `{"partner":{"id":"y"}}`},
		"table says nothing":   {"use_case", Rule{Path: []string{"a"}, Values: map[string]string{"n/a": ""}, Default: "d"}, `{"a":"N/A"}`, `{"use_case":"d"}`},
		"number":               {"crm.id", at("a"), `{"a":12345678901234567890}`, `{"crm":{"id":"12345678901234567890"}}`},
		"fraction that is not": {"company.employees", at("a"), `{"a":250.0}`, `{"company":{"employees":"250"}}`},
		"truth":                {"notes", at("a"), `{"a":true}`, `{"notes":"true"}`},
		"day":                  {"referred_on", Rule{Path: []string{"a"}, Time: []string{"epoch_ms"}, Zone: "Europe/Rome"}, `{"a":"1789336800000"}`, `{"referred_on":"2026-09-14"}`},
		"day of an offset":     {"referred_on", at("a"), `{"a":"2026-09-13T23:30:00-08:00"}`, `{"referred_on":"2026-09-13"}`},
		"today":                {"referred_on", Rule{Default: Now, Zone: "Pacific/Auckland"}, `{}`, `{"referred_on":"2026-09-15"}`},
		"list":                 {"company.technologies", at("a"), `{"a":["x"," ",7]}`, `{"company":{"technologies":["x","7"]}}`},
		"split":                {"company.technologies", Rule{Path: []string{"a"}, Split: ";"}, `{"a":"x; y;;"}`, `{"company":{"technologies":["x","y"]}}`},
		"every item":           {"company.technologies", at("a[].b"), `{"a":[{"b":"x"},{},{"b":["y"]}]}`, `{"company":{"technologies":["x","y"]}}`},
	} {
		got := mapOne(t, Mapping{Map: map[string]Rule{tc.field: tc.rule}}, tc.body)
		if string(got.Lead) != tc.want || len(got.Faults) > 0 {
			t.Errorf("%s: %s, %v; want %s", name, got.Lead, got.Faults, tc.want)
		}
	}
}

func TestEntries(t *testing.T) {
	m := Mapping{Events: []Entry{
		{Only: map[string][]string{"demo": {"true", "on"}}, Fields: map[string]Rule{"type": {Value: "demo_request"}, "at": {Path: []string{"when"}}}},
		{Each: "visits", Only: map[string][]string{"page": {"pricing"}}, Fields: map[string]Rule{"type": {Value: "pricing_page_view"}, "at": {Path: []string{"t"}, Time: []string{"epoch_s"}}, "asset": {Path: []string{"url"}}}},
		{Fields: map[string]Rule{"type": {Value: "trial_started"}, "at": {Path: []string{"trial"}}}},
	}}
	got := mapOne(t, m, `{"demo":true,"when":"2026-09-14T09:00:00Z","visits":[{"page":"home","t":1},{"page":"Pricing","t":1789376400,"url":"u"},{"page":"pricing"}]}`)
	want := `{"events":[{"at":"2026-09-14T09:00:00Z","type":"demo_request"},{"asset":"u","at":"2026-09-14T09:00:00Z","type":"pricing_page_view"}]}`
	if string(got.Lead) != want {
		t.Errorf("%s\nwant %s", got.Lead, want)
	}
	for location, want := range map[string]string{"events[0].at": "when", "events[1].asset": "visits[1].url", "events[1].at": "visits[1].t", "events[1].type": "", "events[1]": "visits[1]", "contact.email": ""} {
		if path, _ := got.Origin(location); path != want {
			t.Errorf("%s comes from %q, want %q", location, path, want)
		}
	}
}

func TestFaultsNameTheSendersPlaces(t *testing.T) {
	m := Mapping{Each: "records", Map: map[string]Rule{
		"referred_on": {Path: []string{"day"}, Time: []string{"DD/MM/YYYY"}}, "contact.email": {Path: []string{"who.mail"}}, "company.technologies": {Path: []string{"tools"}},
	}}
	got := mapOne(t, m, `{"records":[{"day":"9/14/2026","who":{"mail":["a"]},"tools":[{}]}]}`)
	var paths []string
	for _, f := range got.Faults {
		paths = append(paths, f.Path)
	}
	if s := strings.Join(paths, " "); s != "records[0].tools records[0].who.mail records[0].day" {
		t.Errorf("%s: %v", s, got.Faults)
	}
	if _, fault := mapper(t, m).Items(map[string]any{}); fault == nil || fault.Path != "records" {
		t.Errorf("no list: %v", fault)
	}
	if got := mapper(t, m).Lead(Item{value: "x", at: "[3]"}, noon); len(got.Faults) != 1 || got.Faults[0].Path != "[3]" {
		t.Errorf("%v", got.Faults)
	}
}

var everything = Mapping{
	Only: map[string][]string{"keep": {"true"}}, ID: "id",
	Map: map[string]Rule{
		"partner.id": {Path: []string{"a", "b[0]", "c[].d"}, Join: "-", Values: map[string]string{"x": "y"}}, "referred_on": {Path: []string{"t"}, Time: []string{"epoch_ms"}},
		"contact.email": {Path: []string{"a.b.c"}}, "company.technologies": {Path: []string{"c[]"}, Split: ","}, "crm.id": {Path: []string{"id"}},
	},
	Events:      []Entry{{Each: "c[]", Only: map[string][]string{"a": {"x"}}, Fields: map[string]Rule{"type": {Path: []string{"a"}}, "at": {Path: []string{"t"}, Default: Now}}}},
	Touchpoints: []Entry{{Each: "b", Fields: map[string]Rule{"type": {Path: []string{"[0]"}}, "at": {Path: []string{"t", "a"}}}}},
}

// Whatever comes, the mapper gives a JSON object or says why not, twice the same.
func TestAnyBody(t *testing.T) {
	m := mapper(t, everything)
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		leaves := []*rapid.Generator[any]{rapid.Just[any](nil), rapid.String().AsAny(), rapid.Bool().AsAny(),
			rapid.Map(rapid.Float64Range(-1e18, 1e18), func(f float64) any { raw, _ := json.Marshal(f); return json.Number(raw) }), rapid.Just[any]("true"), rapid.Just[any]("x")}
		if depth > 0 {
			leaves = append(leaves, rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) }), 0, 4).AsAny(),
				rapid.Map(rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) }), 6, 6), func(vs []any) any {
					return map[string]any{"keep": true, "id": vs[0], "a": vs[1], "b": vs[2], "c": vs[3], "d": vs[4], "t": vs[5]}
				}))
		}
		return rapid.OneOf(leaves...)
	}
	rapid.Check(t, func(t *rapid.T) {
		items, _ := m.Items(value(3).Draw(t, "body"))
		for _, item := range items {
			got, again := m.Lead(item, noon), m.Lead(item, noon)
			if string(got.Lead) != string(again.Lead) || len(got.Faults) != len(again.Faults) {
				t.Fatalf("%s then %s", got.Lead, again.Lead)
			}
			if got.Lead == nil && len(got.Faults) == 0 && !got.Ignored || got.Lead != nil && !json.Valid(got.Lead) {
				t.Fatalf("%+v", got)
			}
		}
	})
}

func FuzzBody(f *testing.F) {
	f.Add([]byte(`{"keep":"true","a":"x","c":[{"a":"x","t":1}]}`), false)
	f.Add([]byte(strings.Repeat("[", 9000)+strings.Repeat("]", 9000)), false)
	f.Add([]byte("keep=true&a=x&c%5B%5D=1&%ff=%zz"), true)
	f.Fuzz(func(t *testing.T, raw []byte, form bool) {
		read := ReadJSON
		if form {
			read = ReadForm
		}
		body, err := read(raw)
		if err != nil {
			return
		}
		m := mapper(t, everything)
		items, _ := m.Items(body)
		for _, item := range items {
			m.Lead(item, noon)
		}
	})
}
