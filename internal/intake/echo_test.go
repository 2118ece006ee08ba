package intake

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestNoInputInErrors(t *testing.T) {
	const marker = "Zq7marker"
	s := newServer(t, nil)
	for _, tc := range badLeads {
		marked := strings.ReplaceAll(with(t, tc.path, tc.value), "jane", marker)
		w := s.do(t, "POST", "/v1/leads", "hubspot", marked)
		if strings.Contains(w.Body.String(), marker) {
			t.Errorf("%s: %s", tc.name, w.Body)
		}
	}
	// Every text of the full example as a marker in turn, and every fault it makes.
	var doc map[string]any
	if err := json.Unmarshal([]byte(exampleText("lead.json")), &doc); err != nil {
		t.Fatal(err)
	}
	refused := 0
	replaceTexts(doc, func(set func(any)) {
		for _, v := range []any{marker, marker + "\u0000", 7.25e300, []any{marker}, map[string]any{"a": marker}} {
			set(v)
			raw, _ := json.Marshal(doc)
			w := s.do(t, "POST", "/v1/leads", "hubspot", string(raw))
			if w.Code >= 400 {
				refused++
			}
			if body := w.Body.String(); strings.Contains(body, marker) || strings.Contains(strings.ToLower(body), "zq7marker") {
				t.Errorf("%s", body)
			}
		}
	})
	if refused < 60 {
		t.Errorf("only %d bodies were refused: the test tests nothing", refused)
	}
	for _, path := range []string{"/v1/leads/" + marker, "/v1/leads?stage=" + marker + "&since=" + marker + "&limit=" + marker + "&partner=%20" + marker, "/" + marker} {
		if w := s.do(t, "GET", path, "reader", ""); w.Code < 400 || strings.Contains(w.Body.String(), marker) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := s.do(t, "POST", "/v1/leads", "hubspot", `{"a":`+marker, "Idempotency-Key: "+marker+" "+marker); strings.Contains(w.Body.String(), marker) {
		t.Errorf("%s", w.Body)
	}
	for line := range strings.Lines(s.logged.String()) {
		if strings.Contains(strings.ReplaceAll(line, "lead_id="+marker, ""), marker) || strings.Contains(line, "northwind") {
			t.Fatalf("logged: %s", line)
		}
	}
}

// replaceTexts visits every leaf of a document with a function that sets it, and
// puts it back after the visit.
func replaceTexts(v any, visit func(set func(any))) {
	switch v := v.(type) {
	case map[string]any:
		for k, old := range v {
			replaceTexts(old, visit)
			visit(func(x any) { v[k] = x })
			v[k] = old
		}
	case []any:
		for i, old := range v {
			replaceTexts(old, visit)
			visit(func(x any) { v[i] = x })
			v[i] = old
		}
	}
}
