package clock_test

import (
	"testing"
	"time"

	"leadtriage/internal/clock"
	"leadtriage/internal/lead"
)

// Deadlines are in the hours of whose clock it is: over weekends, holidays, days off, and
// both changes of the clocks. An hour that is left out is not worked, one that comes twice is.
func TestDeadlines(t *testing.T) {
	first := clock.Term{Within: 4 * time.Hour, Warn: 2 * time.Hour}
	for name, tc := range map[string]struct {
		zone             string
		from, to         clock.OfDay
		holidays         []string
		away             [2]string
		since, warn, due string
	}{
		"a weekend in Rome":            {"Europe/Rome", 9 * 60, 18 * 60, nil, [2]string{}, "2026-11-20T16:00:00Z", "2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z"},
		"a holiday in Berlin":          {"Europe/Berlin", 9 * 60, 17 * 60, []string{"DE"}, [2]string{}, "2026-12-24T15:00:00Z", "2026-12-28T09:00:00Z", "2026-12-28T11:00:00Z"},
		"at night in New York":         {"America/New_York", 9 * 60, 17 * 60, nil, [2]string{}, "2026-11-30T09:00:00Z", "2026-11-30T16:00:00Z", "2026-11-30T18:00:00Z"},
		"clocks go forward in Rome":    {"Europe/Rome", 0, 24 * 60, nil, [2]string{}, "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", "2026-03-29T04:00:00Z"},
		"Friday to summer in New York": {"America/New_York", 9 * 60, 17 * 60, nil, [2]string{}, "2026-03-06T21:00:00Z", "2026-03-09T14:00:00Z", "2026-03-09T16:00:00Z"},
		"Friday to winter in New York": {"America/New_York", 9 * 60, 17 * 60, nil, [2]string{}, "2026-10-30T20:00:00Z", "2026-11-02T15:00:00Z", "2026-11-02T17:00:00Z"},
		"half an hour on Lord Howe":    {"Australia/Lord_Howe", 9 * 60, 17 * 60, nil, [2]string{}, "2026-10-02T06:00:00Z", "2026-10-04T23:30:00Z", "2026-10-05T01:30:00Z"},
		"days off from Tuesday on":     {"Europe/Rome", 9 * 60, 18 * 60, nil, [2]string{"2026-12-01", "2026-12-02"}, "2026-11-30T14:00:00Z", "2026-11-30T16:00:00Z", "2026-12-03T09:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			days := []time.Weekday{1, 2, 3, 4, 5}
			if tc.to == 24*60 {
				days = append(days, 0, 6)
			}
			c, err := clock.New(clock.Week{Zone: zone, Days: days, From: tc.from, To: tc.to, Holidays: tc.holidays})
			if err != nil {
				t.Fatal(err)
			}
			off := clock.Off{Hours: c}
			if tc.away[0] != "" {
				off.Away = []clock.Span{c.Days(tc.away[0], tc.away[1])}
			}
			at := func(s string) time.Time {
				v, err := time.Parse(time.RFC3339, s)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			k := first.Start(lead.FirstContactClock, at(tc.since), off)
			if !k.WarnAt.Equal(at(tc.warn)) || !k.DueAt.Equal(at(tc.due)) {
				t.Errorf("warning %s, due %s; want %s and %s", k.WarnAt.UTC(), k.DueAt.UTC(), tc.warn, tc.due)
			}
		})
	}
}
