package worker_test

import (
	"context"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// A pager is all that a new far side takes: this value, and one line that registers it.
func pager(paged *[]string) outbox.Kind {
	return outbox.Kind{
		Name: "pager", Lane: outbox.NewLane("pager", 1),
		Plan: func(before, _ lead.Seen, c *lead.Case) {
			if c.Lead.Stage == lead.Approved && before.Stage != lead.Approved {
				c.AddEffect(lead.Effect{Kind: "pager", Lane: "pager", Target: "oncall", Round: len(c.Reviews), DueAt: c.Now.Add(time.Minute)})
			}
		},
		Do: func(_ context.Context, a *outbox.Attempt) error {
			*paged = append(*paged, a.Dossier.Lead.Company.Domain)
			return nil
		},
	}
}

func TestAKindIsAValueAndALine(t *testing.T) {
	h := desk(t)
	var paged []string
	h.Kinds = append(h.Kinds, pager(&paged))
	id := h.accept("northwind.example")
	h.enrich(id)
	h.decide(id, lead.Approve)
	due := func() []lead.Due {
		t.Helper()
		found, err := h.records.DueEffects(t.Context(), "pager", "pager", h.clock)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if got := due(); len(got) != 0 {
		t.Fatalf("due at once: %v", got)
	}
	h.clock = h.clock.Add(time.Minute)
	for range 2 {
		for _, e := range due() {
			if _, err := h.Deliver(t.Context(), e.ID); err != nil {
				t.Fatal(err)
			}
		}
		h.clock = h.clock.Add(time.Hour)
	}
	d := h.dossier(id)
	r := d.Record()
	last := r.Effects[len(r.Effects)-1]
	if len(paged) != 1 || paged[0] != "northwind.example" || last.Kind != "pager" || last.State != lead.Delivered {
		t.Errorf("paged %v, the record shows %+v", paged, last)
	}
}
