package intake

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"leadtriage/internal/lead"
)

func TestLedger(t *testing.T) {
	s := newServer(t, nil)
	for body, path := range map[string]string{
		`{"partner":"ACME-integrations","month":"2026-11","kind":"media","amount":{"value":"1200.00","currency":"EUR"}}`: "costs",
		`{"channel":"search","month":"2026-12","kind":"tools","amount":{"value":"0","currency":"EUR"},"partner":null}`:   "costs",
		`{"partner":"acme-integrations","month":"2026-11","amount":{"value":900,"currency":"JPY"}}`:                      "payouts",
		`{"partner":"acme-integrations","page":"/integrations/acme","day":"2026-11-20","sessions":120}`:                  "traffic",
	} {
		if w := s.do(t, "POST", "/v1/"+path, "operator", body); w.Code != 200 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	for _, want := range []any{
		lead.Cost{Partner: "acme-integrations", Month: "2026-11", Kind: "media", Amount: lead.Money{Minor: 120000, Digits: 2, Currency: "EUR"}},
		lead.Cost{Channel: "search", Month: "2026-12", Kind: "tools", Amount: lead.Money{Digits: 2, Currency: "EUR"}},
		lead.Payout{Partner: "acme-integrations", Month: "2026-11", Amount: lead.Money{Minor: 900, Currency: "JPY"}},
		lead.Traffic{Partner: "acme-integrations", Page: "/integrations/acme", Day: "2026-11-20", Sessions: 120},
	} {
		if !slices.ContainsFunc(s.records.ledger, func(got any) bool { return reflect.DeepEqual(got, want) }) {
			t.Errorf("no %+v in %+v", want, s.records.ledger)
		}
	}
	for body, at := range map[string]string{
		"costs {}": "amount,kind,month,partner",
		"costs {\"partner\":\"acme-integrations\",\"channel\":\"search\",\"month\":\"11/2026\",\"kind\":\"beer\",\"amount\":{\"value\":\"x\",\"currency\":\"EUR\"}}": "amount.value,channel,kind,month",
		"payouts {\"partner\":\"nobody\",\"month\":\"2027-12\",\"amount\":null}":                                                                                     "amount,month,partner",
		"traffic {\"partner\":\"acme-integrations\",\"page\":\"/\",\"day\":\"2026-11-23\",\"sessions\":-1}":                                                          "day,sessions",
	} {
		path, body, _ := strings.Cut(body, " ")
		got := locations(problem(t, s.do(t, "POST", "/v1/"+path, "operator", body), 422).Errors)
		slices.Sort(got)
		if strings.Join(got, ",") != at {
			t.Errorf("%s: %v", body, got)
		}
	}
	row := `{"partner":"acme-integrations","page":"/","day":"2026-11-20","sessions":"7"}`
	w := s.do(t, "POST", "/v1/traffic", "operator", row+"\n{}\n", "Content-Type: application/x-ndjson")
	if lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n"); len(lines) != 2 || lines[0] != `{"line":1,"status":200}` || !strings.Contains(lines[1], `"status":422`) {
		t.Error(w.Body)
	}
	problem(t, s.do(t, "POST", "/v1/traffic", "hubspot", row), 403)
	problem(t, s.do(t, "POST", "/v1/traffic", "harbour", row), 403) // bound to a partner
}
