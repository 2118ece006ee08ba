package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// eachWhole: what a replay scores by is all there.
func eachWhole(t *testing.T, s *store.Store) {
	o := incoming("northwind.example")
	o.Events = []lead.Event{{Type: "demo_request", At: noon}}
	id := must(accept(t, s, o, noon))(t).ID
	facts := []lead.Fact{{Field: lead.Industry, Value: "software", Status: lead.Verified, Evidence: []lead.Evidence{{URL: "https://northwind.example/", Quote: "software"}}}}
	must(s.Change(t.Context(), id, noon, func(c *lead.Case) error {
		c.Lead.Facts, c.Lead.Found, c.Lead.Enrichment.State = facts, facts, lead.EnrichmentDone
		c.Lead.Score = &lead.Score{Total: 32, Verdict: lead.MQL, Ask: true, At: noon, Model: "default@1", Lines: []lead.Line{{Rule: "industry", Points: 12}}}
		return nil
	}))(t)
	want := must(s.Lead(t.Context(), id))(t)
	want.Found, want.Score.Lines = nil, nil
	err := s.Reads.Each(t.Context(), time.Time{}, func(got lead.Lead, _ error) error {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// eachOnce makes more leads than a page holds, many in the same millisecond.
func eachOnce(t *testing.T, s *store.Store) {
	const many = 1203
	var want []string
	for i := range many {
		o := incoming(fmt.Sprintf("c%d.example", i))
		created := noon.Add(time.Duration(i/100) * time.Hour)
		r := must(accept(t, s, o, created))(t)
		if i >= 200 {
			want = append(want, r.ID)
		}
	}
	since := noon.Add(2 * time.Hour)
	var got []string
	var newest time.Time
	err := s.Reads.Each(t.Context(), since, func(l lead.Lead, _ error) error {
		if l.CreatedAt.Before(newest) {
			t.Errorf("lead %s comes after a younger one", l.ID)
		}
		newest = l.CreatedAt
		got = append(got, l.ID)
		return nil
	})
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v; %d leads, want %d, each once", err, len(got), len(want))
	}
	for since, want := range map[time.Time]int{{}: many, since: many - 200, noon.Add(time.Hour * 99): 0} {
		if n := must(s.Reads.Count(t.Context(), since))(t); n != want {
			t.Errorf("since %v: %d leads, want %d", since, n, want)
		}
	}
	stop, calls := errors.New("enough"), 0
	err = s.Reads.Each(t.Context(), time.Time{}, func(lead.Lead, error) error {
		calls++
		if calls == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || calls != 3 {
		t.Errorf("%v after %d calls", err, calls)
	}
}
