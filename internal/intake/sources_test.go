package intake

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"leadtriage/internal/lead"
	"leadtriage/internal/source"
)

// partnerForm is a source as a test needs one: short paths, a shared key.
func partnerForm(t testing.TB) Source {
	t.Helper()
	m, err := source.New(source.Mapping{
		Only: map[string][]string{"kind": {"lead"}}, ID: "id",
		Map: map[string]source.Rule{
			"partner.id": {Path: []string{"partner"}}, "partner.tier": {Value: "gold"}, "referred_on": {Path: []string{"day"}, Default: source.Now},
			"contact.email": {Path: []string{"who.mail"}}, "company.employees": {Path: []string{"size"}},
		},
		Events: []source.Entry{{Fields: map[string]source.Rule{"type": {Path: []string{"did"}}, "at": {Path: []string{"when"}, Default: source.Now}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return Source{Name: "form", Mapper: m, Require: []string{"contact.name"}, Signature: source.Signature{Kind: source.SharedKey, Secret: "hush", Header: "X-Key"}}
}

func sourceServer(t testing.TB, change func(*Options)) *server {
	return newServer(t, func(o *Options) {
		s := partnerForm(t)
		s.Require = nil
		o.Sources = []Source{s}
		if change != nil {
			change(o)
		}
	})
}

const (
	signed   = "X-Key: hush"
	goodItem = `{"kind":"lead","id":7,"partner":"acme-integrations","who":{"mail":"jane@northwind.example"},"did":"demo_request"}`
	badItem  = `{"kind":"lead","partner":"acme-integrations","who":{"mail":"nobody"},"size":"many","did":"dance"}`
)

func TestSourceStandsForItself(t *testing.T) {
	s := sourceServer(t, nil)
	first := receipt(t, s.do(t, "POST", "/v1/sources/form", "", goodItem, signed), 202)
	again := receipt(t, s.do(t, "POST", "/v1/sources/form", "", strings.Replace(goodItem, `"id":7`, `"id": 7, "attempt":2`, 1), signed), 200)
	if again.ID != first.ID || !again.Duplicate {
		t.Errorf("%+v, then %+v", first, again)
	}
	if by := s.records.incoming[0].By; by != "source:form" {
		t.Errorf("sent by %q", by)
	}
	if a, b := s.records.incoming[0].IdempotencyKey, s.records.incoming[1].IdempotencyKey; a == "" || a != b {
		t.Errorf("one delivery has the keys %q and %q", a, b)
	}
	if !strings.Contains(s.logged.String(), "source=form") || strings.Contains(s.logged.String(), "jane") {
		t.Errorf("log: %s", s.logged)
	}
	// An id that a sender uses twice refuses nothing.
	other := strings.Replace(goodItem, "northwind", "harbourline", 1)
	receipt(t, s.do(t, "POST", "/v1/sources/form", "", other, signed), 202)
}

func TestSourceWithoutASignature(t *testing.T) {
	s := sourceServer(t, nil)
	for _, headers := range [][]string{nil, {"X-Key: hush2"}, {"X-Key: "}, {"Authorization: Bearer k-hubspot"}} {
		p := problem(t, s.do(t, "POST", "/v1/sources/form", "", goodItem, headers...), 401)
		if strings.Contains(p.Detail, "X-Key") || strings.Contains(p.Detail, "hush") {
			t.Errorf("told: %s", p.Detail)
		}
	}
	problem(t, s.do(t, "POST", "/v1/sources/forn", "", goodItem, signed), 404)
	problem(t, s.do(t, "GET", "/v1/sources/form", "", ""), 405)
	if len(s.records.incoming) > 0 {
		t.Error("something was taken")
	}
	if strings.Contains(s.logged.String(), "hush") {
		t.Errorf("log: %s", s.logged)
	}
}

func TestSourceFaultsNameTheSendersPlaces(t *testing.T) {
	s := sourceServer(t, func(o *Options) { o.Sources[0].Require = []string{"contact.name"} })
	p := problem(t, s.do(t, "POST", "/v1/sources/form", "", badItem, signed), 422)
	var got []string
	for _, f := range p.Errors {
		got = append(got, f.Location)
		if !strings.HasPrefix(f.Message, f.Location) || strings.Contains(f.Message, "many") || strings.Contains(f.Message, "nobody") {
			t.Errorf("%+v", f)
		}
	}
	if list := strings.Join(got, " "); list != "who.mail size did contact.name" {
		t.Errorf("%s: %+v", list, p.Errors)
	}
	for _, body := range []string{"", "null", "{", `"x"`, "\xff", "[{}] x"} {
		problem(t, s.do(t, "POST", "/v1/sources/form", "", body, signed), 400)
	}
}

func TestSourceSendsSeveral(t *testing.T) {
	s := sourceServer(t, nil)
	answer := func(status int, body string) (results []elementResult, p Problem) {
		t.Helper()
		w := s.do(t, "POST", "/v1/sources/form", "", body, signed)
		if w.Code != status {
			t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		return p.Results, p
	}
	other := strings.NewReplacer("northwind", "harbourline", `"id":7`, `"id":8`).Replace(goodItem)
	results, _ := answer(202, "["+goodItem+`,{"kind":"visit"},`+other+"]")
	if len(results) != 3 || results[0].Status != 202 || !results[1].Ignored || results[2].Receipt.ID == results[0].Receipt.ID {
		t.Errorf("%+v", results)
	}
	answer(200, "["+goodItem+"]")
	answer(200, "[]")

	// What can be taken is taken, and the answer shows that something was not.
	third := strings.Replace(goodItem, "northwind", "clarascope", 1)
	results, p := answer(422, "["+badItem+","+third+"]")
	if results[0].Status != 422 || results[1].Status != 202 || p.Errors[0].Location != "[0].who.mail" {
		t.Errorf("%+v %+v", results, p.Errors)
	}
	// What could not be committed is worth sending again, whatever else was wrong.
	s.records.down = errors.New("disk full")
	w := s.do(t, "POST", "/v1/sources/form", "", "["+badItem+","+third+"]", signed)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if p := problem(t, w, 503); len(p.Results) != 2 || p.Results[1].Status != 503 {
		t.Errorf("%+v", p)
	}
	problem(t, s.do(t, "POST", "/v1/sources/form", "", "["+strings.Repeat("{},", maxItems)+"{}]", signed), 400)
}

func TestSourceForm(t *testing.T) {
	s := sourceServer(t, nil)
	const urlencoded = "Content-Type: application/x-www-form-urlencoded"
	body := "kind=lead&partner=acme-integrations&who.mail=jane%40northwind.example&size=250"
	receipt(t, s.do(t, "POST", "/v1/sources/form", "", body, signed, urlencoded), 202)
	if got := s.records.incoming[0].Contact.Email; got != "jane@northwind.example" {
		t.Errorf("read as %q", got)
	}
	receipt(t, s.do(t, "POST", "/v1/sources/form", "", goodItem, signed, urlencoded), 200) // curl -d
	problem(t, s.do(t, "POST", "/v1/sources/form", "", "kind=lead&who.mail=%ff", signed, urlencoded), 400)
	problem(t, s.do(t, "POST", "/v1/sources/form", "", body, signed, "Content-Type: multipart/form-data; boundary=x"), 415)
}

func TestSourceIsPaced(t *testing.T) {
	s := sourceServer(t, func(o *Options) { o.Rate, o.Burst = 1, 1 })
	s.do(t, "POST", "/v1/sources/form", "", goodItem, signed)
	if w := s.do(t, "POST", "/v1/sources/form", "", goodItem, signed); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d", w.Code)
	}
}

func TestRequiredFields(t *testing.T) {
	rules := acme
	rules.Required = map[lead.Source][]string{lead.EventList: {"contact.email", "company.name", "company.technologies", "crm.hubspot_contact_id", "events"}}
	raw := `{"partner":{"id":"direct","tier":"none"},"referred_on":"2026-11-20","source":"event_list","company":{"domain":"northwind.example"}}`
	_, faults := ParseLead([]byte(raw), rules, noon)
	var got []string
	for _, f := range faults {
		got = append(got, f.Location)
	}
	if list := strings.Join(got, " "); list != "contact.email company.name company.technologies crm.hubspot_contact_id events" {
		t.Errorf("%s", list)
	}
	full := strings.TrimSuffix(raw, "}}") + `,"name":"N","technologies":["HubSpot"]},"contact":{"email":"jane@northwind.example"},"crm":{"hubspot_contact_id":5},
		"events":[{"type":"docs_visit","at":"2026-11-20T08:00:00Z"}]}`
	if _, faults := ParseLead([]byte(full), rules, noon); faults != nil {
		t.Error(faults)
	}
	// A field that is faulty is not missing, too.
	if _, faults := ParseLead([]byte(strings.Replace(full, "jane@", "@", 1)), rules, noon); len(faults) != 1 {
		t.Error(faults)
	}
	if _, faults := ParseLead([]byte(strings.Replace(raw, "event_list", "website", 1)), rules, noon); faults != nil {
		t.Error(faults)
	}
}

// The names that a mapping may use are those that the parser reads.
func TestSentFieldsAreThoseOfTheParser(t *testing.T) {
	sent := map[string]any{}
	for _, name := range lead.SentFields {
		outer, inner, nested := strings.Cut(name, ".")
		if !nested {
			sent[outer] = 7
			continue
		}
		if sent[outer] == nil {
			sent[outer] = map[string]any{}
		}
		sent[outer].(map[string]any)[inner] = map[string]any{}
	}
	raw, _ := json.Marshal(sent)
	_, faults := ParseLead(raw, acme, noon)
	for _, f := range faults {
		if strings.Contains(f.Message, "not a field known here") {
			t.Error(f.Message)
		}
	}
	if n := len(faults); n < len(lead.SentFields) {
		t.Errorf("%d faults of %d fields of a wrong kind: %v", n, len(lead.SentFields), faults)
	}
	for name, p := range newServer(t, nil).doc.OpenAPI().Components.Schemas.Map()["NewLead"].Properties {
		known := name == "crm" || p.Items != nil
		for _, f := range lead.SentFields {
			known = known || f == name || strings.HasPrefix(f, name+".")
		}
		if !known {
			t.Errorf("%s can be sent and not be mapped", name)
		}
	}
}
