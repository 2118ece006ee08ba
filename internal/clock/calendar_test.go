package clock_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"leadtriage/internal/clock"
)

var everyWeekday = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func calendar(t interface{ Fatal(...any) }, w clock.Week) *clock.Calendar {
	c, err := clock.New(w)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWorkingTimePasses(t *testing.T) {
	rome := zone(t, "Europe/Rome")
	c := calendar(t, clock.Week{Zone: rome, Days: everyWeekday, From: 9 * 60, To: 18 * 60, Holidays: []string{"2026-12-08", "2026-12-25"}})
	for _, tc := range []struct {
		from    string
		working time.Duration
		want    string
	}{
		{"2026-11-23 10:00", 4 * time.Hour, "2026-11-23 14:00"},    // Monday
		{"2026-11-23 16:00", 4 * time.Hour, "2026-11-24 11:00"},    // over night
		{"2026-11-27 17:00", 4 * time.Hour, "2026-11-30 12:00"},    // over a weekend
		{"2026-11-28 12:00", 30 * time.Minute, "2026-11-30 09:30"}, // on a Saturday
		{"2026-12-07 17:30", time.Hour, "2026-12-09 09:30"},        // over a holiday
		{"2026-11-23 14:00", 4 * time.Hour, "2026-11-23 18:00"},    // to the last minute
		{"2026-11-23 06:00", 0, "2026-11-23 09:00"},                // before work
		{"2026-11-23 18:00", 0, "2026-11-24 09:00"},                // after work
		{"2026-11-23 12:34", 0, "2026-11-23 12:34"},                // at work
		{"2026-03-27 17:00", 2 * time.Hour, "2026-03-30 10:00"},    // clocks go forward on Sunday
		{"2026-10-23 17:00", 9*time.Hour + 1, "2026-10-26 17:00"},  // and back
		{"2026-12-24 17:00", 2 * time.Hour, "2026-12-28 10:00"},    // Christmas on a Friday
		{"2026-11-23 09:00", 90 * time.Hour, "2026-12-04 18:00"},   // two weeks
	} {
		from, _ := time.ParseInLocation("2006-01-02 15:04", tc.from, rome)
		want, _ := time.ParseInLocation("2006-01-02 15:04", tc.want, rome)
		if got := c.After(from, tc.working).Truncate(time.Minute); !got.Equal(want) {
			t.Errorf("%s after %s is %s, want %s", tc.working, tc.from, got.In(rome), want)
		}
	}
}

// In any zone, through every change of its clocks: exactly so much working time
// has passed, and people work at the moment.
func TestExactlySoMuchWorkingTimeHasPassed(t *testing.T) {
	zones := []string{"UTC", "Europe/Rome", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, 24*60-1).Draw(t, "from")
		w := clock.Week{Zone: zone(t, rapid.SampledFrom(zones).Draw(t, "zone")), From: clock.OfDay(from), To: clock.OfDay(rapid.IntRange(from+1, 24*60).Draw(t, "to"))}
		w.Days = rapid.SliceOfNDistinct(rapid.SampledFrom(append([]time.Weekday{time.Saturday, time.Sunday}, everyWeekday...)), 1, 7, rapid.ID[time.Weekday]).Draw(t, "days")
		c := calendar(t, w)
		begin := time.Unix(rapid.Int64Range(1_500_000_000, 1_800_000_000).Draw(t, "begin"), 0)
		working := time.Duration(rapid.IntRange(0, 20*int(w.To-w.From)).Draw(t, "minutes")) * time.Minute
		end := c.After(begin, working)
		if end.Before(begin) || c.Between(begin, end) != working {
			t.Fatalf("%s after %s is %s: %s passed", working, begin, end, c.Between(begin, end))
		}
		if working > 0 && c.Between(end.Add(-time.Second), end) == 0 {
			t.Fatalf("nobody works right before %s", end)
		}
		if working == 0 && c.Between(end, end.Add(time.Second)) == 0 {
			t.Fatalf("nobody works at %s", end)
		}
		if longer := c.After(begin, working+time.Minute); !longer.After(end) {
			t.Fatalf("a minute more ends at %s, not after %s", longer, end)
		}
	})
}

func TestHoursThatNobodyWorksAreRefused(t *testing.T) {
	var everyDay []string
	for day := range 366 {
		everyDay = append(everyDay, time.Date(2024, 1, 1+day, 0, 0, 0, 0, time.UTC).Format("01-02"))
	}
	for _, w := range []clock.Week{
		{From: 9 * 60, To: 18 * 60},
		{Days: everyWeekday, From: 18 * 60, To: 9 * 60},
		{Days: everyWeekday, From: 9 * 60, To: 18 * 60, Holidays: []string{"25.12."}},
		{Days: everyWeekday, From: 9 * 60, To: 18 * 60, Holidays: everyDay},
	} {
		if _, err := clock.New(w); err == nil {
			t.Errorf("%+v is taken", w)
		}
	}
	for _, s := range []string{"9:00", "24:01", "09:60", "0900", "-1:00", "morning", "09:00x"} {
		if _, err := clock.ParseClock(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestTheNextWorkingDaysMoment(t *testing.T) {
	rome := zone(t, "Europe/Rome")
	d := clock.Daily{Calendar: calendar(t, clock.Week{Zone: rome, Days: everyWeekday, From: 9 * 60, To: 18 * 60, Holidays: []string{"2026-12-08", "12-25"}}), At: 9 * 60}
	for from, want := range map[string]string{
		"2026-11-23 08:59": "2026-11-23 09:00", "2026-11-23 09:00": "2026-11-24 09:00", "2026-11-27 10:00": "2026-11-30 09:00",
		"2026-12-07 12:00": "2026-12-09 09:00", "2026-12-24 12:00": "2026-12-28 09:00", "2027-12-24 12:00": "2027-12-27 09:00", "2029-12-24 12:00": "2029-12-26 09:00", "2026-03-27 12:00": "2026-03-30 09:00",
	} {
		at, _ := time.ParseInLocation("2006-01-02 15:04", from, rome)
		if day, got := d.Next(at); got.In(rome).Format("2006-01-02 15:04") != want || day != want[:10] {
			t.Errorf("after %s: %s, %s", from, day, got.In(rome))
		}
	}
}

// A country stands for its public holidays, also for those that move and those
// that are kept on a Monday.
func TestCountriesHaveTheirHolidays(t *testing.T) {
	for _, tc := range []struct{ country, day, next string }{
		{"IT", "2027-03-29", "2027-03-30"}, // Easter Monday
		{"IT", "2026-12-24", "2026-12-24"},
		{"US", "2026-11-26", "2026-11-27"}, // Thanksgiving
		{"US", "2027-07-05", "2027-07-06"}, // the fourth is a Sunday
		{"DE", "2026-05-14", "2026-05-15"}, // Ascension
		{"SE", "2026-12-24", "2026-12-24"}, // an eve is no public holiday
	} {
		c := calendar(t, clock.Week{Zone: time.UTC, Days: everyWeekday, From: 9 * 60, To: 18 * 60, Holidays: []string{tc.country}})
		day, _ := time.Parse(time.DateOnly, tc.day)
		if got := c.After(day, 0).Format(time.DateOnly); got != tc.next {
			t.Errorf("%s: the first working day from %s is %s, want %s", tc.country, tc.day, got, tc.next)
		}
	}
}
