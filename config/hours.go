package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"leadtriage/config/strict"
	"leadtriage/internal/clock"
)

// Hours are when reviewers work.
type Hours struct {
	Zone string   `yaml:"zone" is:"zone" doc:"Name of the time zone, such as Europe/Rome."`
	Days []string `yaml:"days" is:"weekday" schema:"1.." doc:"Days on which reviewers work."`
	From string   `yaml:"from" schema:"clock" doc:"When work begins."`
	To   string   `yaml:"to" schema:"clock" doc:"When work ends."`
	// Holidays are days, of a year or of every year, and countries with all of theirs.
	Holidays []string `yaml:"holidays" is:"holiday" doc:"Days off like 2026-12-25, or 12-25 for every year; IT: its public holidays."`
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts

var (
	_ = strict.Words("weekday", weekdays, "%q is not a day of the week; write ")
	_ = strict.Define("clock", strict.Schema{"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"}, nil)
	_ = strict.Define("digest", strict.Schema{"type": "string", "pattern": "^([0-9]{2}:[0-9]{2})?$"}, func(s string) string {
		if _, err := clock.ParseClock(s); err != nil && s != "" {
			return err.Error() + "; leave it empty for no digest"
		}
		return ""
	})
	_ = strict.Define("zone", strict.Schema{"type": "string", "minLength": 1}, func(s string) string {
		if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" {
			return fmt.Sprintf("%q is not the name of a time zone; write one such as Europe/Rome or UTC", s)
		}
		return ""
	})
	_ = strict.Define("holiday", strict.Schema{"type": "string", "pattern": holiday}, func(s string) string {
		if !clock.Holiday(s) {
			return fmt.Sprintf("%q is neither a day like 2026-12-25, or 12-25 for every year, nor a country whose public holidays are known: %s",
				s, strings.Join(clock.Countries(), ", "))
		}
		return ""
	})
)

const holiday = "^(([0-9]{4}-)?[0-9]{2}-[0-9]{2}|[A-Z]{2})$"

// Calendar is when reviewers work; it fails on what check names as a fault.
func (h Hours) Calendar() (*clock.Calendar, error) {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return nil, err
	}
	w := clock.Week{Zone: zone, Holidays: h.Holidays}
	for _, d := range h.Days {
		w.Days = append(w.Days, time.Weekday(slices.Index(weekdays, d)))
	}
	if w.From, err = clock.ParseClock(h.From); err != nil {
		return nil, err
	}
	if w.To, err = clock.ParseClock(h.To); err != nil {
		return nil, err
	}
	return clock.New(w)
}

func (r *Review) checkHours(f *faults) {
	h := r.Hours
	if len(h.Days) == 0 {
		f.at("name the days on which reviewers work, such as [mon, tue, wed, thu, fri]", nil, "review", "hours", "days")
	}
	from, fromErr := clock.ParseClock(h.From)
	to, toErr := clock.ParseClock(h.To)
	switch {
	case fromErr != nil:
		f.at("%v", []any{fromErr}, "review", "hours", "from")
	case toErr != nil:
		f.at("%v", []any{toErr}, "review", "hours", "to")
	case to <= from:
		f.at("work ends at %s, before it begins; write a time after %s", []any{h.To, h.From}, "review", "hours", "to")
	}
	if r.RemindAfter > 0 && r.BackupAfter > 0 && r.BackupAfter < r.RemindAfter {
		f.at("back-up reviewers would be asked before the reviewers are reminded (remind_after: %s)", []any{strict.Span(r.RemindAfter)}, "review", "backup_after")
	}
}
