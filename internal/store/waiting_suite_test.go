package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// asked makes a lead that waits for a decision with the score.
func asked(t *testing.T, s *store.Store, partner, domain, channel string, score int, now time.Time) string {
	t.Helper()
	o := incoming(domain)
	o.Partner.ID, o.Key, o.Company.Name = partner, domain+"|"+partner, strings.ToUpper(domain)
	r := must(accept(t, s, o, now))(t)
	must(s.Change(t.Context(), r.ID, now, func(c *lead.Case) error {
		c.Lead.Score = &lead.Score{Total: score, Verdict: lead.EQL}
		if err := c.Lead.MoveTo(lead.Enriched); err != nil {
			return err
		}
		return c.OpenReview(channel)
	}))(t)
	return r.ID
}

// listed reads all pages.
func listed(t *testing.T, s *store.Store, f lead.WaitingFilter) (all []lead.Waiting) {
	t.Helper()
	for {
		page := must(s.Reads.Waiting(t.Context(), f))(t)
		all = append(all, page.Leads...)
		if f.Cursor = page.Next; f.Cursor == "" {
			if page.Total != len(all) {
				t.Errorf("total %d, listed %d", page.Total, len(all))
			}
			return all
		}
	}
}

func waiting(t *testing.T, s *store.Store) {
	must(accept(t, s, incoming("unasked.example"), noon))(t)
	var ids []string
	for i, score := range []int{40, 78, 55, 78, 0} {
		ids = append(ids, asked(t, s, "acme", fmt.Sprintf("c%d.example", i), "C1", score, noon.Add(time.Duration(5-i)*time.Minute)))
	}
	want := []string{ids[3], ids[1], ids[2], ids[0], ids[4]} // of two 78s the longer wait first
	for _, limit := range []int{0, 1, 2, 5} {
		got := listed(t, s, lead.WaitingFilter{Limit: limit})
		var order []string
		for _, w := range got {
			order = append(order, w.LeadID)
		}
		if !slices.Equal(order, want) {
			t.Fatalf("pages of %d list %v, want %v", limit, order, want)
		}
		if w := got[0]; w.Name != "C3.EXAMPLE" || w.Partner != "acme" || w.Score != 78 || w.Verdict != lead.EQL || w.Channel != "C1" || w.TS != "" || !w.Asked.Equal(noon.Add(2*time.Minute)) {
			t.Errorf("first is %+v", w)
		}
	}
	var longest []string
	for _, limit := range []int{2, 5} {
		longest = longest[:0]
		for _, w := range listed(t, s, lead.WaitingFilter{Longest: true, Limit: limit}) {
			longest = append(longest, w.LeadID)
		}
		if !slices.Equal(longest, []string{ids[4], ids[3], ids[2], ids[1], ids[0]}) {
			t.Errorf("the longest waits are %v", longest)
		}
	}
	if page := must(s.Reads.Waiting(t.Context(), lead.WaitingFilter{Limit: 1}))(t); !page.Oldest.Equal(noon.Add(time.Minute)) {
		t.Errorf("the longest wait began %s", page.Oldest)
	}
	// A posted card, a new score and decisions show at once.
	must(s.Change(t.Context(), ids[4], noon.Add(time.Hour), func(c *lead.Case) error {
		c.Review().TS, c.Lead.Score.Total = "1.1", 99
		return nil
	}))(t)
	for _, id := range ids[:4] {
		must(s.Change(t.Context(), id, noon.Add(time.Hour), func(c *lead.Case) error {
			return c.Decide(lead.DecisionInput{Decision: lead.Approve, By: "U1"})
		}))(t)
	}
	if got := listed(t, s, lead.WaitingFilter{}); len(got) != 1 || got[0].LeadID != ids[4] || got[0].Score != 99 || got[0].TS != "1.1" {
		t.Errorf("after four decisions %+v", got)
	}
	// A new round waits since it was opened.
	must(s.Change(t.Context(), ids[0], noon.Add(2*time.Hour), func(c *lead.Case) error { return c.OpenReview("C2") }))(t)
	got := listed(t, s, lead.WaitingFilter{})
	if len(got) != 2 || got[1].LeadID != ids[0] || !got[1].Asked.Equal(noon.Add(2*time.Hour)) || got[1].Channel != "C2" {
		t.Errorf("after a new round %+v", got)
	}
	if _, err := s.Reads.Waiting(t.Context(), lead.WaitingFilter{Cursor: "rubbish"}); !errors.Is(err, lead.ErrBadCursor) {
		t.Errorf("foreign cursor: %v", err)
	}
}

func waitingWithin(t *testing.T, s *store.Store) {
	asked(t, s, "acme", "a.example", "C1", 90, noon)
	asked(t, s, "brightside", "b.example", "C1", 80, noon)
	asked(t, s, "acme", "c.example", "C2", 70, noon)
	for _, c := range []struct {
		within []lead.Scope
		want   string
	}{
		{nil, "a b c"},
		{[]lead.Scope{}, ""},
		{[]lead.Scope{{}}, "a b c"},
		{[]lead.Scope{{Partners: []string{"acme"}}}, "a c"},
		{[]lead.Scope{{Channels: []string{"C2", "C9"}}}, "c"},
		{[]lead.Scope{{Partners: []string{"acme"}, Channels: []string{"C1"}}, {Partners: []string{"brightside", "x"}}}, "a b"},
		{[]lead.Scope{{Partners: []string{"' OR 1=1 --"}}}, ""},
	} {
		var names []string
		for _, w := range listed(t, s, lead.WaitingFilter{Within: c.within, Limit: 2}) {
			names = append(names, strings.ToLower(strings.TrimSuffix(w.Name, ".EXAMPLE")))
			if c.within != nil && !slices.ContainsFunc(c.within, func(s lead.Scope) bool { return s.Covers(w.Partner, w.Channel) }) {
				t.Errorf("%v does not cover %+v", c.within, w)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("within %+v: %q, want %q", c.within, got, c.want)
		}
	}
}

func decided(t *testing.T, s *store.Store) {
	first, second := asked(t, s, "acme", "a.example", "C1", 90, noon), asked(t, s, "acme", "b.example", "C1", 20, noon)
	asked(t, s, "acme", "c.example", "C1", 20, noon)
	decide := func(id, by string, decision lead.Decision, after time.Duration) {
		must(s.Change(t.Context(), id, noon.Add(after), func(c *lead.Case) error {
			c.Review().TS = "1." + id
			return c.Decide(lead.DecisionInput{Decision: decision, By: by})
		}))(t)
	}
	decide(first, "U1", lead.Approve, time.Minute)
	must(s.Change(t.Context(), first, noon.Add(time.Minute+time.Second), func(c *lead.Case) error {
		return c.Undo(c.Review().ID, "U2", time.Minute)
	}))(t)
	decide(first, "U1", lead.Reject, 2*time.Minute)
	decide(second, "U2", lead.Approve, 3*time.Minute)
	list := must(s.Reads.Decided(t.Context(), "U1", 10))(t)
	if len(list) != 2 || list[0].Decision != lead.Reject || list[0].Undone || list[1].Decision != lead.Approve || !list[1].Undone ||
		list[0].Name != "A.EXAMPLE" || list[0].TS != "1."+first || !list[0].At.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("U1 decided %+v", list)
	}
	if list = must(s.Reads.Decided(t.Context(), "U1", 1))(t); len(list) != 1 || list[0].Decision != lead.Reject {
		t.Errorf("U1 last decided %+v", list)
	}
	if list = must(s.Reads.Decided(t.Context(), "U9", 10))(t); len(list) != 0 {
		t.Errorf("U9 decided %+v", list)
	}
}

func ofDomain(t *testing.T, s *store.Store) {
	asked(t, s, "acme", "a.example", "C1", 90, noon)
	asked(t, s, "brightside", "a.example", "C1", 90, noon.Add(time.Minute))
	merged := asked(t, s, "lumen", "a.example", "C1", 90, noon)
	must(s.Change(t.Context(), merged, noon, func(c *lead.Case) error { return c.Lead.MoveTo(lead.Merged) }))(t)
	nameless := incoming("")
	nameless.Key = "jane@gmail.com|acme"
	must(accept(t, s, nameless, noon))(t)
	list := must(s.Reads.OfDomain(t.Context(), "a.example", 10))(t)
	if len(list) != 2 || list[0].Lead.Partner.ID != "brightside" || list[1].Lead.Partner.ID != "acme" || len(list[0].Reviews) != 1 {
		t.Errorf("leads %+v", list)
	}
	named := incoming("riviere.example")
	named.Key, named.Company.Name = "riviere.example|acme", "Atelier Riviera"
	must(accept(t, s, named, noon))(t)
	for _, tc := range []struct {
		domain, words string
		limit, want   int
	}{
		{"a.example", "a.example", 10, 2}, {"", "A.EXAM", 10, 2}, {"", "a.exam", 1, 1}, {"", "er riv", 10, 1}, {"", "riviere.ex", 10, 1},
		{"riviere.exa", "riviere.exa", 10, 1}, {"", "fabrikam", 10, 0}, {"", "%", 10, 0},
	} {
		list := must(s.Reads.Find(t.Context(), tc.domain, tc.words, tc.limit))(t)
		if len(list) != tc.want || tc.want == 2 && (list[0].Lead.Partner.ID != "brightside" || len(list[0].Reviews) != 1) {
			t.Errorf("%q: %d leads, want %d", tc.words, len(list), tc.want)
		}
	}
	for domain, want := range map[string]int{"b.example": 0, "": 0} {
		if list := must(s.Reads.OfDomain(t.Context(), domain, 10))(t); len(list) != want {
			t.Errorf("%q has %d leads", domain, len(list))
		}
	}
}
