package main

import (
	"net/http"
	"testing"

	"leadtriage/internal/lead"
)

// What the company's pages say now is what `lead retry --fresh` finds, a moment
// after they were read.
func TestRetryFreshReadsThePagesAgain(t *testing.T) {
	onBoth(t, "", func(w *world) {
		site := func(people string) {
			w.web.Add("firm.example", "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of "+people+" people works here.</p>")
		}
		people := func(r lead.Record) string {
			for _, f := range r.Facts {
				if f.Field == lead.Employees {
					return f.Value
				}
			}
			return ""
		}
		site("250")
		id := w.post(http.StatusAccepted, fit("firm.example")).ID
		w.until(id, "found", func(r lead.Record) bool { return people(r) == "250" })
		site("310")
		asked := len(w.asked())
		w.command("lead", "retry", "--fresh", id)
		r := w.until(id, "found again", func(r lead.Record) bool { return people(r) == "310" })
		if n := len(w.asked()) - asked; n != 2 || r.Usage.Calls != 4 || r.Usage.Second.Calls != 2 {
			w.t.Errorf("asked %d times more, usage %+v", n, r.Usage)
		}
	})
}
