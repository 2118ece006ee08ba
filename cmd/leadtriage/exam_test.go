package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leadtriage/internal/lead"
)

// A model that fails its exam is trusted with nothing, and the operator is told; what it
// found waits. Once any model is trusted it is read at its next use, the leads that
// nobody has decided are proposed anew, and nothing is found or paid a second time.
func TestAModelThatFailsItsExam(t *testing.T) {
	file := filepath.Join(t.TempDir(), "exam.jsonl")
	sentence := `{"company":"Acme","field":"employees","value":"85","quote":"Nobody has labelled that 85 of us work here.","right":"verified"}`
	if err := os.WriteFile(file, []byte(sentence), 0o600); err != nil {
		t.Fatal(err)
	}
	onBoth(t, "enrichment: {exam: {file: "+file+"}}", func(w *world) {
		w.web.Add("firm.example", "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
		refused := func(r lead.Record) string {
			for _, f := range r.Facts {
				if f.Field == lead.Employees && f.Reason != nil {
					return string(f.Reason.Code) + ": " + f.Reason.Text
				}
			}
			return ""
		}
		first := w.post(http.StatusAccepted, fit("firm.example")).ID
		r := w.until(first, "found", func(r lead.Record) bool { return r.Enrich.State == lead.EnrichmentDone })
		if got := refused(r); got != "reader_not_trusted: the model has not passed the reading exam" || r.Usage.Second.Calls != 0 {
			w.t.Errorf("refused for %q, usage %+v", got, r.Usage)
		}
		w.card(first, asking)
		if n := strings.Count(w.log.String(), "the model has failed the reading exam"); n != 1 {
			w.t.Errorf("the operator was told %d times", n)
		}
		if got := w.metric("leadtriage_fact_refused_total"); !strings.Contains(got, `reason="reader_not_trusted"`) {
			w.t.Errorf("the metric says %q", got)
		}
		w.stop()
		w.start("enrichment: {exam: false}")
		body := fit("firm.example")
		body["partner"] = map[string]any{"id": "direct", "tier": "none"}
		body["source"] = "website"
		second := w.until(w.post(http.StatusAccepted, body).ID, "found", func(r lead.Record) bool { return r.Enrich.State == lead.EnrichmentDone })
		if refused(second) != "" || second.Usage.Calls != 1 || second.Usage.Second.Calls != 1 {
			w.t.Errorf("refused for %q, usage %+v", refused(second), second.Usage)
		}
		again := w.until(first, "proposed again", func(r lead.Record) bool { return refused(r) == "" })
		if again.Stage != lead.AwaitingReview || again.Score.Total <= r.Score.Total || again.Usage != r.Usage {
			w.t.Errorf("%s with %d points, was %d; usage %+v", again.Stage, again.Score.Total, r.Score.Total, again.Usage)
		}
		if n := len(w.asked()); n != 3 { // a first reading, the failed exam of one sentence, a second reading
			w.t.Errorf("%d calls of the model", n)
		}
	})
}
