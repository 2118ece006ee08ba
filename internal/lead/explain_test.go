package lead_test

import (
	"errors"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

func TestExplain(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	approved := func(r lead.Review) *lead.Case {
		r.ID, r.Round, r.Decision, r.By = "rv_1", 1, lead.Approve, "U0ADA"
		return &lead.Case{Lead: lead.Lead{ID: "l1", Stage: lead.Approved}, Reviews: []lead.Review{r}, Now: now}
	}
	for name, c := range map[string]struct {
		round lead.Review
		id    string
		by    string
		want  error
		notes int
	}{
		"override":          {lead.Review{Override: true}, "rv_1", "U0ADA", nil, 1},
		"the same again":    {lead.Review{Override: true, Note: "known"}, "rv_1", "U0ADA", nil, 0},
		"another word":      {lead.Review{Override: true, Note: "before"}, "rv_1", "U0ADA", nil, 1},
		"another person":    {lead.Review{Override: true}, "rv_1", "U0BOB", lead.ErrNotAllowed, 0},
		"as proposed":       {lead.Review{}, "rv_1", "U0ADA", lead.ErrNotDecided, 0},
		"an earlier round":  {lead.Review{Override: true}, "rv_0", "U0ADA", lead.ErrStaleReview, 0},
		"no round is named": {lead.Review{Override: true}, "", "U0ADA", lead.ErrStaleReview, 0},
	} {
		t.Run(name, func(t *testing.T) {
			k := approved(c.round)
			if err := k.Explain(c.id, c.by, "known"); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if len(k.Notes) != c.notes || c.want == nil && k.Reviews[0].Note != "known" || c.want != nil && k.Reviews[0].Note != "" {
				t.Errorf("history %v, note %q", k.Notes, k.Reviews[0].Note)
			}
		})
	}
}
