package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// next claims the channel's next message and returns whose it is; empty: none.
func next(t *testing.T, s *store.Store, channel string) string {
	t.Helper()
	e, ok, err := s.ClaimPost(t.Context(), channel, cards, noon, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if ok && (e.State != lead.Sending || e.Attempts != 1) {
		t.Errorf("claimed %+v", e)
	}
	if !ok {
		return ""
	}
	return e.LeadID
}

func inTurn(t *testing.T, s *store.Store) {
	low := asked(t, s, "acme", "low.example", "C1", 40, noon)
	asked(t, s, "acme", "later.example", "C1", 90, noon.Add(time.Second)) // not due yet
	elsewhere := asked(t, s, "acme", "elsewhere.example", "C2", 99, noon)
	high := asked(t, s, "acme", "high.example", "C1", 70, noon)
	if got := must(s.PostChannels(t.Context(), noon))(t); !slices.Equal(slices.Sorted(slices.Values(got)), []string{"C1", "C2"}) {
		t.Errorf("messages wait in %v", got)
	}
	id := lead.EffectID(high, lead.CardEffect, "C1", 1)
	e, _, ok, err := s.Claim(t.Context(), id, cards, noon, time.Minute)
	if ok || err != nil || !e.Posts || e.Target != "C1" {
		t.Errorf("claimed out of turn: %v %v %+v", ok, err, e)
	}
	if got := must(s.DueEffects(t.Context(), lead.CardEffect, lead.SlackLane, noon.Add(time.Hour)))(t); len(got) != 0 {
		t.Errorf("the sweep wakes %v, which wait for their turn", got)
	}
	if err := s.BlockedBecause(t.Context(), "C1", "it is closed"); err != nil {
		t.Fatal(err)
	}
	for id, why := range map[string]string{low: "it is closed", elsewhere: ""} {
		if got := must(s.Dossier(t.Context(), id))(t).Effects[0].LastError; got != why {
			t.Errorf("lead %s waits because %q, want %q", id, got, why)
		}
	}
	if got := next(t, s, "C1"); got != high {
		t.Errorf("first %s, want %s", got, high)
	}
	overtaking := asked(t, s, "acme", "overtaking.example", "C1", 95, noon)
	if got := []string{next(t, s, "C1"), next(t, s, "C1"), next(t, s, "C1"), next(t, s, "C2")}; !slices.Equal(got, []string{overtaking, low, "", elsewhere}) {
		t.Errorf("then %v", got)
	}
	if _, unsure, ok, err := s.Claim(t.Context(), id, cards, noon.Add(time.Minute), time.Minute); !ok || !unsure || err != nil {
		t.Errorf("after its worker died: ok %v, unsure %v, %v", ok, unsure, err)
	}
}

func onePost(t *testing.T, s *store.Store) {
	const leads = 12
	for i := range leads {
		asked(t, s, "acme", fmt.Sprintf("c%d.example", i), "C1", i%3, noon)
	}
	var mu sync.Mutex
	claims := map[string]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				e, ok, err := s.ClaimPost(t.Context(), "C1", cards, noon, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if !ok {
					return
				}
				mu.Lock()
				claims[e.ID]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for id, n := range claims {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
	if len(claims) != leads {
		t.Errorf("%d of %d messages were claimed", len(claims), leads)
	}
}

func lookAgain(t *testing.T, s *store.Store) {
	hour := noon.Add(time.Hour)
	var standing []string
	for i, domain := range []string{"a.example", "b.example", "posting.example", "decided.example"} {
		c := underReview(t, s, domain)
		must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
			if domain == "posting.example" {
				return nil
			}
			c.Reviews[0].TS, c.Effects[0].State = fmt.Sprint("1.", i), lead.Delivered
			if domain == "decided.example" {
				return c.Decide(lead.DecisionInput{Decision: lead.Approve, By: "U1"})
			}
			standing = append(standing, c.Effects[0].ID)
			return nil
		}))(t)
	}
	look := func(since time.Time, most int) (ids []string) {
		for _, l := range must(s.DueCards(t.Context(), hour, since, most))(t) {
			ids = append(ids, l.ID)
		}
		return ids
	}
	if got := look(noon.Add(-time.Millisecond), 10); len(got) != 0 {
		t.Errorf("drawn since then, but looked at: %v", got)
	}
	got := append(look(noon, 1), look(noon, 10)...)
	slices.Sort(got)
	slices.Sort(standing)
	if !slices.Equal(got, standing) {
		t.Errorf("looked at %v, want %v", got, standing)
	}
	if _, unsure, ok, err := s.Claim(t.Context(), got[0], cards, hour, time.Minute); !ok || unsure || err != nil {
		t.Errorf("claim: ok %v, unsure %v, %v", ok, unsure, err)
	}
}

// A score that changes while the card waits changes its turn, also when the message was put
// off for a while.
func newestScore(t *testing.T, s *store.Store) {
	first := asked(t, s, "acme", "first.example", "C1", 70, noon)
	second := asked(t, s, "acme", "second.example", "C1", 40, noon)
	rescore := func(id string, total int, due time.Time) {
		must(s.Change(t.Context(), id, noon, func(c *lead.Case) error {
			c.Lead.Score.Total, c.Effects[0].DueAt = total, due
			return nil
		}))(t)
	}
	rescore(second, 30, noon.Add(time.Hour))
	if got := []string{next(t, s, "C1"), next(t, s, "C1")}; !slices.Equal(got, []string{first, ""}) {
		t.Errorf("while it is put off: %v", got)
	}
	third := asked(t, s, "acme", "third.example", "C1", 80, noon)
	rescore(second, 90, noon.Add(time.Hour))
	must(s.DueEffects(t.Context(), lead.CardEffect, lead.SlackLane, noon.Add(time.Hour)))(t) // from now on it waits for its turn
	later := func() string {
		e, _, err := s.ClaimPost(t.Context(), "C1", cards, noon.Add(time.Hour), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return e.LeadID
	}
	if got := []string{later(), later(), later()}; !slices.Equal(got, []string{second, third, ""}) {
		t.Errorf("when it is due: %v, want %s and %s", got, second, third)
	}
}

// What a change found out about the company is on record with it, and the lease has ended;
// a change that fails keeps nothing.
func keptWithLead(t *testing.T, s *store.Store) {
	r := must(accept(t, s, incoming("northwind.example"), noon))(t)
	if l := must(s.LeaseCompany(t.Context(), "northwind.example", noon, time.Minute))(t); !l.Mine || l.Known {
		t.Fatalf("lease %+v", l)
	}
	boom := errors.New("boom")
	for _, fails := range []error{boom, nil} {
		_, err := s.Change(t.Context(), r.ID, noon, func(c *lead.Case) error {
			c.Found = &lead.Profile{Domain: "northwind.example", FoundAt: noon, Facts: []lead.Fact{{Field: lead.Employees, Value: "250"}}}
			return fails
		})
		if !errors.Is(err, fails) {
			t.Fatal(err)
		}
		if p, ok, err := s.Company(t.Context(), "northwind.example"); err != nil || ok != (fails == nil) || ok &&
			p.Facts[0].Value != "250" {
			t.Errorf("after %v: %+v, %v, %v", fails, p, ok, err)
		}
	}
	if l := must(s.LeaseCompany(t.Context(), "northwind.example", noon, time.Minute))(t); !l.Mine || !l.Known ||
		l.Profile.Facts[0].Value != "250" {
		t.Errorf("the next lease: %+v", l)
	}
}
