package store_test

import (
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// Outcomes come back whole with their lead, go with it when it is merged, and make one
// deal of what several leads say, in whatever order.
func outcomes(t *testing.T, s *store.Store) {
	a, b := must(accept(t, s, incoming("northwind.example"), noon))(t).ID, must(accept(t, s, incoming("harbour.example"), noon))(t).ID
	eur := func(minor int64) lead.Money { return lead.Money{Minor: minor, Digits: 2, Currency: "EUR"} }
	became := func(id string, o lead.Outcome) bool {
		t.Helper()
		known := false
		must(s.Change(t.Context(), id, noon, func(c *lead.Case) (err error) {
			known, err = c.Became(o)
			return err
		}))(t)
		return known
	}
	won := lead.Outcome{ID: "2", Type: lead.ClosedWon, At: noon, From: "key:crm", ARR: eur(960000), Reason: "O'Neill", DealID: "9100"}
	open := lead.Outcome{ID: "1", Type: lead.Opportunity, At: noon.Add(-time.Hour), From: "key:crm", Amount: eur(1200000), DealID: "9100"}
	for _, o := range []lead.Outcome{won, open, won} { // the newest comes first, and again
		became(a, o)
	}
	old := open
	old.ID, old.Amount, old.At = "0", eur(5), noon.Add(-2*time.Hour)
	became(b, old)
	if d := must(s.Dossier(t.Context(), a))(t); len(d.Outcomes) != 2 || d.Outcomes[0] != open || d.Outcomes[1] != won || len(d.History) != 3 {
		t.Errorf("%+v, %d lines of history", d.Outcomes, len(d.History))
	}
	corrected := won
	corrected.ARR = eur(970000)
	if became(a, corrected) || !became(a, corrected) {
		t.Error("a correction is news once")
	}
	deals := func() (all []store.Deal) { return must(s.Deals(t.Context()))(t) }
	want := store.Deal{ID: "9100", Leads: 2, Type: lead.ClosedWon, At: noon, Amount: eur(1200000), ARR: eur(970000)}
	if got := deals(); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	must(s.Change(t.Context(), b, noon, func(c *lead.Case) error {
		c.Lead.Stage = lead.Parked
		return c.MergeInto(a, lead.Itself)
	}))(t)
	if got := deals(); got[0].Leads != 1 {
		t.Errorf("a merged lead is counted: %+v", got)
	}
}
