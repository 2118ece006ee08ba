package config

import (
	"slices"
	"strings"
	"time"

	"leadtriage/internal/hours"
)

// Hours are when reviewers work.
type Hours struct {
	Zone     string   `yaml:"zone"` // IANA name
	Days     []string `yaml:"days"` // mon … sun
	From     string   `yaml:"from"` // time of day
	To       string   `yaml:"to"`
	Holidays []string `yaml:"holidays"` // days like 2026-12-25, or 12-25 for every year; countries like IT
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts

// Calendar is when reviewers work; it fails on what check names as a fault.
func (h Hours) Calendar() (*hours.Calendar, error) {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return nil, err
	}
	w := hours.Week{Zone: zone, Holidays: h.Holidays}
	for _, d := range h.Days {
		w.Days = append(w.Days, time.Weekday(slices.Index(weekdays, d)))
	}
	if w.From, err = hours.ParseClock(h.From); err != nil {
		return nil, err
	}
	if w.To, err = hours.ParseClock(h.To); err != nil {
		return nil, err
	}
	return hours.New(w)
}

func (r *Review) checkHours(f *faults) {
	h := r.Hours
	if _, err := time.LoadLocation(h.Zone); err != nil || h.Zone == "" || h.Zone == "Local" {
		f.at("%q is not the name of a time zone; write one such as Europe/Rome or UTC", []any{h.Zone}, "review", "hours", "zone")
	}
	for i, d := range h.Days {
		if !slices.Contains(weekdays, d) {
			f.at("%q is not a day of the week; write %s", []any{d, strings.Join(weekdays, ", ")}, "review", "hours", "days", i)
		}
	}
	if len(h.Days) == 0 {
		f.at("name the days on which reviewers work, such as [mon, tue, wed, thu, fri]", nil, "review", "hours", "days")
	}
	from, fromErr := hours.ParseClock(h.From)
	to, toErr := hours.ParseClock(h.To)
	switch {
	case fromErr != nil:
		f.at("%v", []any{fromErr}, "review", "hours", "from")
	case toErr != nil:
		f.at("%v", []any{toErr}, "review", "hours", "to")
	case to <= from:
		f.at("work ends at %s, before it begins; write a time after %s", []any{h.To, h.From}, "review", "hours", "to")
	}
	for i, day := range h.Holidays {
		if !hours.Holiday(day) {
			f.at("%q is neither a day like 2026-12-25, or 12-25 for every year, nor a country whose public holidays are known: %s", []any{day, strings.Join(hours.Countries(), ", ")}, "review", "hours", "holidays", i)
		}
	}
	f.lasts(r.RemindAfter, 0, 30*24*time.Hour, "review", "remind_after")
	f.lasts(r.BackupAfter, 0, 30*24*time.Hour, "review", "backup_after")
	if r.RemindAfter > 0 && r.BackupAfter > 0 && r.BackupAfter < r.RemindAfter {
		f.at("back-up reviewers would be asked before the reviewers are reminded (remind_after: %s)", []any{r.RemindAfter}, "review", "backup_after")
	}
	if _, err := hours.ParseClock(r.Digest); err != nil && r.Digest != "" {
		f.at("%v; leave it empty for no digest", []any{err}, "review", "digest")
	}
}
