package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// eachOnce makes more leads than a page holds, many in the same millisecond.
func eachOnce(t *testing.T, s *store.Store) {
	const many = 1203
	var want []string
	for i := range many {
		o := offer(fmt.Sprintf("c%d.example", i))
		created := noon.Add(time.Duration(i/100) * time.Hour)
		r := must(accept(t, s, o, created))(t)
		if i >= 200 {
			want = append(want, r.ID)
		}
	}
	since := noon.Add(2 * time.Hour)
	var got []string
	var newest time.Time
	err := s.Each(t.Context(), since, func(l lead.Lead) error {
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
		if n := must(s.Count(t.Context(), since))(t); n != want {
			t.Errorf("since %v: %d leads, want %d", since, n, want)
		}
	}
	stop, calls := errors.New("enough"), 0
	err = s.Each(t.Context(), time.Time{}, func(lead.Lead) error {
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
