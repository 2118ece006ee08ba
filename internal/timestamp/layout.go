// Package timestamp reads times as other systems write them.
package timestamp

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones, on machines that have none
)

// Layout is how a system writes times.
type Layout struct {
	patterns []string // of package time
	unit     time.Duration
	zone     *time.Location
	zoned    bool // the zone was named
	says     string
}

// iso are the forms of ISO 8601 that CRMs send, the offset with and without a
// colon, or left out.
var iso = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}

// words of a pattern, as package time writes them.
var words = strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "HH", "15", "hh", "03", "mm", "04", "ss", "05", "A", "PM", "Z", "Z07:00")

// ParseLayout reads iso (or nothing), epoch_ms, epoch_s, or a pattern of YYYY MM DD
// HH (24 hours) hh and A (12 hours, AM or PM) mm ss Z, such as DD/MM/YYYY HH:mm.
// The zone is that of times which name none, and the one whose day counts; empty:
// UTC, and the day as it is written.
func ParseLayout(layout, zone string) (*Layout, error) {
	l := &Layout{zone: time.UTC, zoned: zone != "", says: layout}
	if zone != "" {
		var err error
		if l.zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			return nil, fmt.Errorf("%q is not a time zone; write one such as Europe/Rome", zone)
		}
	}
	switch layout {
	case "", "iso":
		l.patterns, l.says = iso, "ISO 8601, such as 2026-11-20T08:00:00Z or 2026-11-20"
	case "epoch_ms":
		l.unit, l.says = time.Millisecond, "milliseconds since 1970 (epoch_ms)"
	case "epoch_s":
		l.unit, l.says = time.Second, "seconds since 1970 (epoch_s)"
	default:
		whole := strings.Contains(layout, "YYYY") && strings.Contains(layout, "MM") && strings.Contains(layout, "DD")
		if !whole || strings.ContainsAny(layout, "0123456789_") {
			return nil, fmt.Errorf("%q is not a way to write times; write iso, epoch_ms, epoch_s, or a pattern such as DD/MM/YYYY HH:mm", layout)
		}
		l.patterns = []string{words.Replace(layout)}
	}
	return l, nil
}

// String says what is expected, for people.
func (l *Layout) String() string { return l.says }

// In is the time in the zone of the layout.
func (l *Layout) In(t time.Time) time.Time { return t.In(l.zone) }

// Read reads a time.
func (l *Layout) Read(text string) (time.Time, bool) {
	if l.unit != 0 {
		n, err := strconv.ParseInt(text, 10, 64)
		const most = 1 << 43 // milliseconds of the year 2248; more is another unit
		if err != nil || n < -most || n > most {
			return time.Time{}, false
		}
		perSecond := int64(time.Second / l.unit)
		t := time.Unix(n/perSecond, n%perSecond*int64(l.unit)).In(l.zone)
		return t, t.Year() > 0 && t.Year() < 10000
	}
	for _, pattern := range l.patterns {
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
