package store_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// mustClaim takes the channel's due digest.
func mustClaim(t *testing.T, s *store.Store, channel string, now time.Time) (d lead.Digest, unsure bool) {
	t.Helper()
	d, unsure, ok, err := s.ClaimDigest(t.Context(), channel, now, time.Minute)
	if err != nil || !ok {
		t.Fatalf("claim at %s: ok %v, %v", now, ok, err)
	}
	return d, unsure
}

func noClaim(t *testing.T, s *store.Store, channel string, now time.Time) {
	t.Helper()
	if d, _, ok, err := s.ClaimDigest(t.Context(), channel, now, time.Minute); ok || err != nil {
		t.Errorf("claimed at %s: %+v, %v", now, d, err)
	}
}

func plan(t *testing.T, s *store.Store, channel string, due time.Time) {
	t.Helper()
	if err := s.PlanDigest(t.Context(), channel, due.Format(time.DateOnly), due); err != nil {
		t.Fatal(err)
	}
}

func settle(t *testing.T, s *store.Store, d lead.Digest, state lead.DigestState, next time.Time) {
	t.Helper()
	if err := s.SettleDigest(t.Context(), &d, state, next, ""); err != nil {
		t.Fatal(err)
	}
}

func oneDigest(t *testing.T, s *store.Store) {
	plan(t, s, "C1", noon.Add(time.Hour))
	plan(t, s, "C1", noon) // hours were changed
	plan(t, s, "C2", noon.AddDate(0, 0, 1))
	noClaim(t, s, "C1", noon.Add(-time.Millisecond))
	if got := must(s.PostChannels(t.Context(), noon))(t); !slices.Equal(got, []string{"C1"}) {
		t.Errorf("a digest is due in %v", got)
	}
	claims := atomic.Int32{}
	together(8, func() {
		d, unsure, ok, err := s.ClaimDigest(t.Context(), "C1", noon, time.Minute)
		switch {
		case err != nil:
			t.Error(err)
		case ok && (unsure || d.Day != "2026-11-20" || d.Channel != "C1" || !d.To.Equal(noon) || d.Attempts != 1):
			t.Errorf("unsure %v, %+v", unsure, d)
		case ok:
			claims.Add(1)
		}
	})
	if claims.Load() != 1 {
		t.Errorf("%d workers post it", claims.Load())
	}
	plan(t, s, "C1", noon.Add(-time.Hour)) // too late for the one in hand
	noClaim(t, s, "C1", noon.Add(time.Minute-time.Millisecond))
	if d, unsure := mustClaim(t, s, "C1", noon.Add(time.Minute)); !unsure || d.Attempts != 2 {
		t.Errorf("after its worker died: unsure %v, %+v", unsure, d)
	}
}

func lateDigest(t *testing.T, s *store.Store) {
	plan(t, s, "C1", noon)
	slow, _ := mustClaim(t, s, "C1", noon)
	now := noon.Add(time.Minute)
	quick, _ := mustClaim(t, s, "C1", now)
	settle(t, s, slow, lead.DigestPending, now) // the other one may be posting it
	noClaim(t, s, "C1", now)
	settle(t, s, quick, lead.DigestDelivered, now)
	noClaim(t, s, "C1", now.Add(time.Hour))
	settle(t, s, quick, lead.DigestPending, now)
	noClaim(t, s, "C1", now.Add(time.Hour))
}

func settledDigest(t *testing.T, s *store.Store) {
	now := noon
	var from time.Time // of the last digest that told something
	for _, tc := range []struct {
		state         lead.DigestState
		again, unsure bool // claimed again when it is due, and how
		tells         bool // the next one begins where it ends
	}{
		{state: lead.DigestPending, again: true},
		{state: lead.DigestMissed},
		{state: lead.DigestUnsure, again: true, unsure: true, tells: true},
		{state: lead.DigestQuiet, tells: true},
		{state: lead.DigestMissed},
		{state: lead.DigestDelivered, tells: true},
		{state: lead.DigestDelivered, tells: true},
	} {
		plan(t, s, "C1", now)
		plan(t, s, "C2", now)
		d, _ := mustClaim(t, s, "C1", now)
		if d.From.IsZero() != from.IsZero() || !d.From.Equal(from) && !from.IsZero() || !d.To.Equal(now) {
			t.Errorf("%s: tells of %s to %s, want from %s", d.Day, d.From, d.To, from)
		}
		next := now.Add(time.Hour)
		settle(t, s, d, tc.state, next)
		noClaim(t, s, "C1", next.Add(-time.Millisecond))
		if tc.again {
			d, unsure := mustClaim(t, s, "C1", next)
			if unsure != tc.unsure || d.Attempts != 2 {
				t.Errorf("after %s: unsure %v, %+v", tc.state, unsure, d)
			}
			end := lead.DigestMissed
			if tc.tells {
				end = lead.DigestDelivered
			}
			settle(t, s, d, end, next)
		}
		noClaim(t, s, "C1", next)
		if tc.tells {
			from = now
		}
		now = now.AddDate(0, 0, 1)
	}
	if d, _ := mustClaim(t, s, "C2", now); d.Day != "2026-11-20" {
		t.Errorf("the oldest comes first, and here %s", d.Day)
	}
}

func reviewed(t *testing.T, s *store.Store) {
	if got := must(s.Reads.Reviewed(t.Context(), "C1", noon, noon.Add(time.Hour)))(t); got != (lead.DigestReview{}) {
		t.Errorf("of nothing: %+v", got)
	}
	decide := func(domain, channel string, verdict lead.Verdict, after time.Duration, d lead.Decision) string {
		id := asked(t, s, "acme", domain, channel, 50, noon)
		must(s.Change(t.Context(), id, noon.Add(after), func(c *lead.Case) error {
			c.Lead.Score.Verdict, c.Review().TS = verdict, "1."+domain
			return c.Decide(lead.DecisionInput{Decision: d, By: "U1"})
		}))(t)
		return id
	}
	decide("yes.example", "C1", lead.EQL, 10*time.Minute, lead.Approve)
	decide("override.example", "C1", lead.MQL, 20*time.Minute, lead.Approve)
	decide("no.example", "C1", lead.EQL, time.Hour, lead.Reject)
	decide("late.example", "C1", lead.EQL, time.Hour+time.Millisecond, lead.Reject)
	decide("elsewhere.example", "C2", lead.EQL, 5*time.Minute, lead.Approve)
	asked(t, s, "acme", "open.example", "C1", 50, noon)
	undone := decide("undone.example", "C1", lead.EQL, 30*time.Minute, lead.Reject)
	must(s.Change(t.Context(), undone, noon.Add(31*time.Minute), func(c *lead.Case) error {
		return c.Undo(c.Review().ID, "U1", time.Hour)
	}))(t)
	must(s.Change(t.Context(), undone, noon.Add(32*time.Minute), func(c *lead.Case) error { c.CardDeleted(c.Review().TS); return nil }))(t)
	merged := asked(t, s, "acme", "merged.example", "C1", 50, noon)
	must(s.Change(t.Context(), merged, noon.Add(15*time.Minute), func(c *lead.Case) error { return c.MergeInto(undone, "leadtriage") }))(t)

	want := lead.DigestReview{Approved: 2, Rejected: 1, Overridden: 1, Median: 20 * time.Minute}
	if got := must(s.Reads.Reviewed(t.Context(), "C1", noon, noon.Add(time.Hour)))(t); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// What one digest told of the next one leaves out.
	want = lead.DigestReview{Rejected: 1, Median: time.Hour + time.Millisecond}
	if got := must(s.Reads.Reviewed(t.Context(), "C1", noon.Add(time.Hour), noon.Add(2*time.Hour)))(t); got != want {
		t.Errorf("the next one: %+v, want %+v", got, want)
	}
}

func unasked(t *testing.T, s *store.Store) {
	end := noon.Add(time.Hour)
	note := func(domain, partner string, stage lead.Stage, rule string, score int, at ...time.Time) string {
		id := acceptTold(t, s, domain, partner, "2026-11-20", noon)
		for _, at := range at {
			must(s.Change(t.Context(), id, at, func(c *lead.Case) error {
				c.Lead.Stage, c.Lead.Score = stage, &lead.Score{Total: score, Verdict: lead.MQL}
				c.Note("leadtriage", string(stage), lead.ByRule, rule)
				return nil
			}))(t)
		}
		return id
	}
	note("a.example", "acme", lead.Parked, "", 35, end)
	note("b.example", "acme", lead.Parked, "", 50, noon.Add(time.Minute), end, end) // again and again is one lead
	note("c.example", "acme", lead.Disqualified, "unverified_list", 0, end)
	note("d.example", lead.Direct, lead.Disqualified, "own", 0, end)
	note("e.example", "acme", lead.Parked, "", 90, noon)
	note("f.example", "acme", lead.Parked, "", 90, end.Add(time.Millisecond))
	note("g.example", "acme", lead.Approved, "round 1", 90, end)
	asked := note("h.example", "acme", lead.Parked, "", 90, noon.Add(time.Minute)) // brought to a card by an event
	note("i.example", "brightside", lead.Parked, "", 40, end)
	must(s.Change(t.Context(), asked, end, func(c *lead.Case) error { return c.Lead.MoveTo(lead.Enriched) }))(t)
	for _, tc := range []struct {
		of   lead.Senders
		most int
		want string
	}{
		{lead.Senders{Others: true}, 9, "3 parked [b.example 50 i.example 40 a.example 35] map[own:1 unverified_list:1]"},
		{lead.Senders{Others: true}, 1, "3 parked [b.example 50] map[own:1 unverified_list:1]"},
		{lead.Senders{Others: true, Partners: []string{"brightside", lead.Direct}}, 9, "2 parked [b.example 50 a.example 35] map[unverified_list:1]"},
		{lead.Senders{Partners: []string{"brightside", lead.Direct}}, 9, "1 parked [i.example 40] map[own:1]"},
		{lead.Senders{}, 9, "0 parked [] map[]"},
	} {
		u := must(s.Reads.Unasked(t.Context(), tc.of, noon, end, tc.most))(t)
		var parked []string
		for _, p := range u.Parked {
			parked = append(parked, fmt.Sprint(p.Name, " ", p.Score))
			if p.Verdict != lead.MQL || p.Partner == "" {
				t.Errorf("parked %+v", p)
			}
		}
		if got := fmt.Sprint(u.ParkedTotal, " parked ", parked, " ", u.Disqualified); got != tc.want {
			t.Errorf("of %+v: %s, want %s", tc.of, got, tc.want)
		}
	}
}
