package intake

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

func TestParseOutcome(t *testing.T) {
	o, faults := ParseOutcome([]byte(exampleText("outcome.json")), noon.AddDate(0, 1, 0))
	want := lead.Outcome{ID: "hubspot-9100-closedwon", Type: lead.ClosedWon, At: time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC), DealID: "9100",
		Amount: lead.Money{Minor: 1200000, Digits: 2, Currency: "EUR"}, ARR: lead.Money{Minor: 960000, Digits: 2, Currency: "EUR"}}
	if faults != nil || o != want {
		t.Errorf("%+v, %v", o, faults)
	}
	at := noon.Format(time.DateOnly)
	for body, amount := range map[string]lead.Money{
		`{"value":1200.5,"currency":"eur"}`:            {Minor: 120050, Digits: 2, Currency: "EUR"},
		`{"value":"999999999999.99","currency":"USD"}`: {Minor: 99999999999999, Digits: 2, Currency: "USD"},
		`{"value":"1200.00","currency":"JPY"}`:         {Minor: 1200, Digits: 0, Currency: "JPY"},
		`{"value":"0.125","currency":"KWD"}`:           {Minor: 125, Digits: 3, Currency: "KWD"},
		`null`:                                         {},
	} {
		o, faults := ParseOutcome([]byte(`{"type":"opportunity","at":"`+at+`","amount":`+body+`}`), noon)
		if faults != nil || o.Amount != amount {
			t.Errorf("%s: %+v, %v", body, o.Amount, faults)
		}
	}
}

// The same words are the same outcome, though nobody gave it an id.
func TestOutcomesWithoutAnID(t *testing.T) {
	parse := func(body string) string {
		o, faults := ParseOutcome([]byte(body), noon)
		if faults != nil {
			t.Fatal(faults)
		}
		return o.ID
	}
	a := parse(`{"type":"contacted","at":"2026-11-20"}`)
	if b := parse(`{"at":"2026-11-20T00:00:00Z","type":"contacted","id":""}`); a != b || a == "" {
		t.Errorf("%q and %q", a, b)
	}
	if b := parse(`{"type":"contacted","at":"2026-11-21"}`); a == b {
		t.Error("two days are one outcome")
	}
}

func TestParseOutcomeNamesEveryFault(t *testing.T) {
	soon := noon.Add(clockSkew + time.Second).Format(time.RFC3339)
	for name, tc := range map[string]struct {
		body string
		at   string // locations, by commas
	}{
		"empty":            {`{}`, "at,type"},
		"all at once":      {`{"type":"won","at":"` + soon + `","amount":{"value":"1,200","currency":"EUR"},"arr":{"value":"5","currency":"EURO"},"stage":1}`, "type,at,amount.value,arr.currency,stage"},
		"day to come":      {`{"type":"contacted","at":"2026-12-01"}`, "at"},
		"day of old":       {`{"type":"contacted","at":"1999-12-31"}`, "at"},
		"no reason":        {`{"type":"not_accepted","at":"2026-11-20"}`, "reason"},
		"beyond sense":     {`{"type":"sql","at":"2026-11-20","amount":{"value":"1000000000000","currency":"EUR"}}`, "amount.value"},
		"negative":         {`{"type":"sql","at":"2026-11-20","amount":{"value":"-1","currency":"EUR"}}`, "amount.value"},
		"exponent":         {`{"type":"sql","at":"2026-11-20","amount":{"value":1e3,"currency":"EUR"}}`, "amount.value"},
		"half a cent":      {`{"type":"sql","at":"2026-11-20","amount":{"value":"1.005","currency":"EUR"}}`, "amount.value"},
		"half a yen":       {`{"type":"sql","at":"2026-11-20","amount":{"value":"1.5","currency":"JPY"}}`, "amount.value"},
		"currency alone":   {`{"type":"sql","at":"2026-11-20","amount":{"currency":"EUR"}}`, "amount.value"},
		"amount alone":     {`{"type":"sql","at":"2026-11-20","amount":{"value":"5"}}`, "amount.currency"},
		"of another lead":  {`{"type":"sql","at":"2026-11-20","lead_id":"x"}`, "lead_id"},
		"a list is no one": {`[]`, ""},
	} {
		_, faults := ParseOutcome([]byte(tc.body), noon)
		got, want := locations(faults), strings.Split(tc.at, ",")
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) && tc.at != "" || len(faults) == 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
	if _, faults := ParseOutcome([]byte(`{"type":"contacted","at":"`+noon.Add(clockSkew).Format(time.RFC3339)+`"}`), noon); faults != nil {
		t.Error("a clock that is a little ahead:", faults)
	}
}

// Who sent a lead may say what became of it, an operator of every lead.
func TestPostOutcome(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	path, body := "/v1/leads/"+id+"/outcomes", `{"type":"contacted","at":"2026-11-20","id":"1"}`
	if r := receipt(t, s.do(t, "POST", path, "hubspot", body), 202); r.ID != id || r.Duplicate {
		t.Errorf("%+v", r)
	}
	if r := receipt(t, s.do(t, "POST", path, "operator", strings.Replace(body, "contacted", "contacted", 1)), 202); r.Duplicate {
		t.Errorf("another sender's word under the id: %+v", r)
	}
	if r := receipt(t, s.do(t, "POST", path, "operator", body), 200); !r.Duplicate {
		t.Errorf("%+v", r)
	}
	problem(t, s.do(t, "POST", path, "zapier", body), 404)
	problem(t, s.do(t, "POST", path, "decider", body), 403)
	problem(t, s.do(t, "POST", path, "acme-unknown", body), 401)
	news := `{"events":[{"type":"docs_visit","at":"2026-11-20T08:00:00Z"}]}`
	for _, adding := range []string{"/outcomes", "/events"} { // whoever may look at all leads may not therefore add to them
		problem(t, s.do(t, "POST", "/v1/leads/"+id+adding, "curious", map[string]string{"/outcomes": body, "/events": news}[adding]), 403)
	}
	receipt(t, s.do(t, "POST", "/v1/leads/"+id+"/events", "hubspot", news), 202)
	problem(t, s.do(t, "POST", path, "hubspot", `{"type":"won"}`), 422)
	problem(t, s.do(t, "POST", "/v1/leads/none/outcomes", "operator", body), 404)
	d, _ := s.records.Dossier(t.Context(), id)
	if len(d.Outcomes) != 1 || d.Outcomes[0].From != "key:operator" {
		t.Errorf("%+v", d.Outcomes)
	}
}

func TestPostOutcomesFindsTheLead(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	body := strings.Join([]string{
		`{"lead_id":"` + id + `","type":"contacted","at":"2026-11-20"}`,
		`{"email":"Jane@Northwind.example","partner":"ACME-integrations","type":"sql","at":"2026-11-18"}`,
		`{"domain":"https://www.northwind.example/","partner":"acme-integrations","type":"closed_won","at":"2026-11-19"}`,
		`{"domain":"harbour.example","partner":"acme-integrations","type":"sql","at":"2026-11-18"}`,
		`{"email":"jane@northwind.example","type":"sql","at":"2026-11-18"}`,
		`{"type":"sql","at":"2026-11-18"}`,
		`{"lead_id":"` + id + `","type":"contacted","at":"2026-11-20"}`,
	}, "\n")
	w := s.do(t, "POST", "/v1/outcomes", "hubspot", body)
	var got []int
	for line := range strings.Lines(w.Body.String()) {
		var r lineResult
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Status)
	}
	if want := []int{202, 202, 202, 404, 422, 422, 200}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v: %s", got, want, w.Body)
	}
	if w := s.do(t, "POST", "/v1/outcomes", "zapier", `{"lead_id":"`+id+`","type":"sql","at":"2026-11-18"}`); !strings.Contains(w.Body.String(), `"status":404`) {
		t.Error("another key's lead:", w.Body)
	}
}
