// Package timestamp reads times as other systems write them.
package timestamp

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones, on machines that have none
)

// Layout is how a system writes times: in one of several forms.
type Layout struct {
	forms []form
	zone  *time.Location
	zoned bool // the zone was named
}

// form is one way to write times.
type form struct {
	patterns []string // of package time
	unit     time.Duration
	excel    bool // days since the end of 1899
	says     string
}

// iso are the forms of ISO 8601 that CRMs send, the offset with and without a
// colon, or left out.
var iso = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}

// words of a pattern, as package time writes them.
var words = strings.NewReplacer("YYYY", "2006", "YY", "06", "MM", "01", "M", "1", "DD", "02", "D", "2", "HH", "15", "hh", "03", "mm", "04", "ss", "05", "A", "PM", "Z", "Z07:00")

// ParseLayout reads iso (or nothing), epoch_ms, epoch_s, excel (days since 1900), or a
// pattern of YYYY or YY, MM or M, DD or D, HH (24 hours) hh and A (12 hours, AM or PM)
// mm ss Z, such as DD/MM/YYYY HH:mm. Several are parted by bars: the first that fits counts.
// The zone is that of times which name none, and the one whose day counts; empty:
// UTC, and the day as it is written.
func ParseLayout(layout, zone string) (*Layout, error) {
	l := &Layout{zone: time.UTC, zoned: zone != ""}
	if zone != "" {
		var err error
		if l.zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			return nil, fmt.Errorf("%q is not a time zone; write one such as Europe/Rome", zone)
		}
	}
	for one := range strings.SplitSeq(layout, "|") {
		f := form{says: strings.TrimSpace(one)}
		switch f.says {
		case "", "iso":
			f.patterns, f.says = iso, "ISO 8601, such as 2026-11-20T08:00:00Z or 2026-11-20"
		case "epoch_ms":
			f.unit, f.says = time.Millisecond, "milliseconds since 1970 (epoch_ms)"
		case "epoch_s":
			f.unit, f.says = time.Second, "seconds since 1970 (epoch_s)"
		case "excel":
			f.excel, f.says = true, "days since 1900 (excel)"
		default:
			whole := strings.Contains(f.says, "YY") && strings.Contains(f.says, "M") && strings.Contains(f.says, "D")
			if !whole || strings.ContainsAny(f.says, "0123456789_") {
				return nil, fmt.Errorf("%q is not a way to write times; write iso, epoch_ms, epoch_s, excel, or a pattern such as DD/MM/YYYY HH:mm", one)
			}
			f.patterns = []string{words.Replace(f.says)}
		}
		l.forms = append(l.forms, f)
	}
	return l, nil
}

// String says what is expected, for people.
func (l *Layout) String() string {
	all := make([]string, len(l.forms))
	for i, f := range l.forms {
		all[i] = f.says
	}
	return strings.Join(all, ", or ")
}

// In is the time in the zone of the layout.
func (l *Layout) In(t time.Time) time.Time { return t.In(l.zone) }

// Read reads a time.
func (l *Layout) Read(text string) (time.Time, bool) {
	for _, f := range l.forms {
		if t, ok := l.read(f, text); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

func (l *Layout) read(f form, text string) (time.Time, bool) {
	if f.excel {
		days, err := strconv.ParseFloat(text, 64)
		if err != nil || days < 1 || days > 200_000 { // until the year 2447
			return time.Time{}, false
		}
		whole, part := math.Modf(days)
		return time.Date(1899, 12, 30, 0, 0, int(math.Round(part*24*60*60)), 0, l.zone).AddDate(0, 0, int(whole)), true
	}
	if f.unit != 0 {
		n, err := strconv.ParseInt(text, 10, 64)
		if x, inexact := strconv.ParseFloat(text, 64); err != nil && inexact == nil && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			n, err = int64(x), nil // as spreadsheets export it: 1.789344E12
		}
		const most = 1 << 43 // milliseconds of the year 2248; more is another unit
		if err != nil || n < -most || n > most {
			return time.Time{}, false
		}
		perSecond := int64(time.Second / f.unit)
		t := time.Unix(n/perSecond, n%perSecond*int64(f.unit)).In(l.zone)
		return t, t.Year() > 0 && t.Year() < 10000
	}
	for _, pattern := range f.patterns {
		t, err := time.ParseInLocation(pattern, text, l.zone)
		if err == nil && l.zoned {
			t = t.In(l.zone)
		}
		if err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
