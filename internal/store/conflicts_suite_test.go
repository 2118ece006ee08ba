package store_test

import (
	"slices"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

func acceptTold(t *testing.T, s *store.Store, domain, partner string, referred lead.Date, now time.Time) string {
	t.Helper()
	o := incoming(domain)
	o.Partner.ID, o.Key, o.ReferredOn = partner, domain+"|"+partner, referred
	fresh := lead.NewCase(o, now)
	fresh.TellConflictsAt = now
	r, _, err := s.Accept(t.Context(), o, fresh, func(*lead.Case) error { return nil })
	return must(r, err)(t).ID
}

func conflicts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	first := acceptTold(t, s, "northwind.example", "acme", "2026-11-20", noon)
	lonely := acceptTold(t, s, "elsewhere.example", "acme", "2026-11-20", noon)
	if found := must(s.LeadsToTell(ctx, noon))(t); len(found) != 0 {
		t.Errorf("nobody to tell, and found %v", found)
	}
	second := acceptTold(t, s, "northwind.example", "globex", "2026-11-18", noon.Add(time.Second))
	third := acceptTold(t, s, "northwind.example", lead.Direct, "2026-11-20", noon.Add(2*time.Second))
	must(s.Change(ctx, second, noon, func(c *lead.Case) error {
		if err := c.Lead.MoveTo(lead.Enriched); err != nil {
			return err
		}
		if err := c.OpenReview("C1"); err != nil {
			return err
		}
		return c.Decide(lead.DecisionInput{Decision: lead.Approve, By: "U1"})
	}))(t)
	d := must(s.Dossier(ctx, first))(t)
	if len(d.Lead.Conflicts) != 2 {
		t.Fatalf("conflicts %+v", d.Lead.Conflicts)
	}
	a, b := d.Lead.Conflicts[0], d.Lead.Conflicts[1]
	if a.LeadID != second || !a.First || a.Decision != lead.Approve || a.DecidedAt == nil || !a.DecidedAt.Equal(noon) || b.LeadID != third || b.First || b.Partner != lead.Direct || b.DecidedAt != nil {
		t.Errorf("conflicts %+v", d.Lead.Conflicts)
	}
	if d := must(s.Dossier(ctx, lonely))(t); len(d.Lead.Conflicts) != 0 {
		t.Errorf("a stranger's conflicts %+v", d.Lead.Conflicts)
	}
	ids := func(at time.Time) (ids []string) {
		for _, l := range must(s.LeadsToTell(ctx, at))(t) {
			ids = append(ids, l.ID)
		}
		slices.Sort(ids)
		return ids
	}
	all := slices.Sorted(slices.Values([]string{first, second, third}))
	if got := ids(noon.Add(5 * time.Second)); !slices.Equal(got, all) {
		t.Errorf("to tell: %v, want %v", got, all)
	}
	if got := ids(noon.Add(6 * time.Second)); len(got) != 0 {
		t.Errorf("told twice: %v", got)
	}
	if got := ids(noon.Add(time.Minute)); !slices.Equal(got, all) {
		t.Errorf("after a lost task: %v, want %v", got, all)
	}
}
