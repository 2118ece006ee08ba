package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What is no lead goes to its own address, by the names of its columns; a file of Google
// Analytics as it comes.
func TestImportOfWhatIsNoLead(t *testing.T) {
	for name, tc := range map[string]struct {
		args             []string
		file, text       string
		path, sent, says string
	}{
		"outcomes": {[]string{"--outcomes"}, "won.csv",
			"lead_id,type,at,amount.value,amount.currency,deal_id\nl1,closed_won,2026-11-20,1200.00,EUR,20261101\nl2,contacted,2026-11-19,,,\n",
			"/v1/outcomes", `{"amount":{"currency":"EUR","value":"1200.00"},"at":"2026-11-20","deal_id":"20261101","lead_id":"l1","type":"closed_won"}` +
				"\n" + `{"at":"2026-11-19","lead_id":"l2","type":"contacted"}`, "2 rows: 2 accepted"},
		"costs as lines": {[]string{"--costs"}, "costs.jsonl", `{"partner":"acme","month":"2026-11"}` + "\n", "/v1/costs", `{"partner":"acme","month":"2026-11"}`, "1 rows: 1 accepted"},
		"analytics": {[]string{"--traffic", "--partner", "acme"}, "pages.csv",
			"# ----\n# Landing page\n# Property 123: site\n# Start date: 20261101\n# End date: 20261130\n\nLanding page,Sessions,Date\n,120,\n/a,100,\n/b,20,20261107\n",
			"/v1/traffic", `{"day":"2026-11-01","page":"/a","partner":"acme","sessions":"100"}` + "\n" + `{"day":"2026-11-07","page":"/b","partner":"acme","sessions":"20"}`,
			"3 rows: 2 accepted, 0 known already, 0 refused, 1 ignored"},
	} {
		var path, sent string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			path, sent = r.URL.Path, strings.TrimSpace(string(body))
			for i := range strings.Count(sent, "\n") + 1 {
				fmt.Fprintf(w, `{"line":%d,"status":200}`+"\n", i+1)
			}
		}))
		code, out, errOut := imported(t.Context(), s.URL, append(tc.args, write(t, tc.file, tc.text))...)
		s.Close()
		if code != 0 || path != tc.path || sent != tc.sent || !strings.Contains(out, tc.says) {
			t.Errorf("%s: %d %s\n%s\n%s%s", name, code, path, sent, out, errOut)
		}
	}
	if code, _, errOut := imported(t.Context(), "http://127.0.0.1:1", "--costs", "--payouts", "x.csv"); code != 2 {
		t.Error(code, errOut)
	}
}
