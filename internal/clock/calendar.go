// Package clock knows when people work: days, a span of the day in a zone, and
// holidays. It is pure.
package clock

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // zones, also where the machine has none

	"github.com/rickar/cal/v2"
)

// Week says when people work, by the clock of their zone.
type Week struct {
	Zone     *time.Location
	Days     []time.Weekday
	From, To OfDay    // To after From
	Holidays []string // days on which nobody works, as Holiday takes them
}

// yearly is a day of every year.
const yearly = "01-02"

// Holiday reports whether s is a day like 2026-12-25, one of every year like 12-25,
// or a country like IT, whose public holidays it stands for.
func Holiday(s string) bool {
	_, once := time.Parse(time.DateOnly, s)
	_, always := time.Parse(yearly, s)
	return once == nil || always == nil || countries[s] != nil
}

// OfDay is a time of day in minutes since midnight; 24:00 is the day's end.
type OfDay int

// ParseClock reads 09:00 to 24:00.
func ParseClock(s string) (OfDay, error) {
	var h, m int
	if _, err := fmt.Sscanf(s, "%d:%d", &h, &m); err != nil || s != fmt.Sprintf("%02d:%02d", h, m) || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is not a time of day like 09:00", s)
	}
	return OfDay(h*60 + m), nil
}

// Calendar is a checked Week.
type Calendar struct {
	zone     *time.Location
	days     [7]bool
	from, to OfDay
	holidays map[string]bool
	public   cal.Calendar
}

// New checks the week: somebody has to work at some time.
func New(w Week) (*Calendar, error) {
	c := &Calendar{zone: w.Zone, from: w.From, to: w.To, holidays: map[string]bool{}}
	if c.zone == nil {
		c.zone = time.UTC
	}
	if len(w.Days) == 0 || c.from < 0 || c.to <= c.from || c.to > 24*60 {
		return nil, errors.New("working hours need at least one day, and an end after their beginning")
	}
	for _, d := range w.Days {
		c.days[d] = true
	}
	for _, day := range w.Holidays {
		if !Holiday(day) {
			return nil, fmt.Errorf("%q is not a day like 2026-12-25 or 12-25, nor a country like IT", day)
		}
		c.public.AddHoliday(publicHolidays(day)...)
		c.holidays[day] = true
	}
	for day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == 2024; day = day.AddDate(0, 0, 1) { // a leap year
		if !c.holidays[day.Format(yearly)] {
			return c, nil
		}
	}
	return nil, errors.New("every day of the year is a holiday: nobody would ever work")
}

// After returns the moment at which that much working time has passed since t.
// With none it is the first working moment from t on. Working time is what a
// stopwatch shows: an hour that a change of clocks takes away is not worked.
func (c *Calendar) After(t time.Time, working time.Duration) time.Time {
	for day := c.day(t); ; day = day.AddDate(0, 0, 1) {
		from, to := c.span(day)
		if t.After(from) {
			from = t
		}
		if left := to.Sub(from); left > 0 && (working < left || working == left && working > 0) {
			return from.Add(working).UTC()
		} else if left > 0 {
			working -= left
		}
	}
}

// Between is the working time from a to b; 0 when b is before a.
func (c *Calendar) Between(a, b time.Time) (working time.Duration) {
	for day := c.day(a); c.clock(day, 0).Before(b); day = day.AddDate(0, 0, 1) {
		from, to := c.span(day)
		if a.After(from) {
			from = a
		}
		if b.Before(to) {
			to = b
		}
		working += max(0, to.Sub(from))
	}
	return working
}

// Midnight is when t's day began in the zone.
func (c *Calendar) Midnight(t time.Time) time.Time { return c.clock(c.day(t), 0).UTC() }

// Days is the time from the first day's beginning to the last one's end in the zone. Both are
// days like 2026-12-24.
func (c *Calendar) Days(first, last string) Span {
	day := func(s string) time.Time {
		t, _ := time.Parse(time.DateOnly, s)
		return t.Add(12 * time.Hour)
	}
	return Span{c.clock(day(first), 0).UTC(), c.clock(day(last).AddDate(0, 0, 1), 0).UTC()}
}

// Daily is a time of every day on which people work.
type Daily struct {
	*Calendar
	At OfDay
}

// Next is the first such moment after t, and its day in the zone, like 2026-11-20.
func (d Daily) Next(t time.Time) (day string, at time.Time) {
	for date := d.day(t); ; date = date.AddDate(0, 0, 1) {
		if at := d.clock(date, d.At); d.works(date) && at.After(t) {
			return date.Format(time.DateOnly), at.UTC()
		}
	}
}

// day is t's day in the zone, as its noon in UTC: no clock leaves that out.
func (c *Calendar) day(t time.Time) time.Time {
	year, month, day := t.In(c.zone).Date()
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}

// clock is when the clocks of the zone show that time on the day. A time that
// they leave out is the moment at which they jump.
func (c *Calendar) clock(day time.Time, of OfDay) time.Time {
	t := time.Date(day.Year(), day.Month(), day.Day(), 0, int(of), 0, 0, c.zone)
	_, offset := t.Zone()
	shown := t.Add(time.Duration(offset) * time.Second).UTC()
	wanted := time.Date(day.Year(), day.Month(), day.Day(), 0, int(of), 0, 0, time.UTC)
	before, after := t.ZoneBounds()
	switch {
	case shown.Before(wanted):
		return after
	case shown.After(wanted):
		return before
	}
	return t
}

func (c *Calendar) works(day time.Time) bool {
	return c.days[day.Weekday()] && !c.holidays[day.Format(time.DateOnly)] && !c.holidays[day.Format(yearly)] && !c.free(day)
}

// span is when people work on the day; an empty one when they do not.
func (c *Calendar) span(day time.Time) (from, to time.Time) {
	if from = c.clock(day, c.from); !c.works(day) {
		return from, from
	}
	return from, c.clock(day, c.to)
}
