package timestamp

import (
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	for _, tc := range []struct{ layout, zone, text, want string }{
		{"", "", "2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"},
		{"iso", "", "2026-11-20T09:00:00.000+0100", "2026-11-20T08:00:00Z"}, // Salesforce
		{"iso", "", "2026-11-20T09:00:00.5+01:00", "2026-11-20T08:00:00.5Z"},
		{"iso", "Europe/Rome", "2026-11-20 09:00", "2026-11-20T08:00:00Z"},
		{"iso", "Europe/Rome", "2026-11-20", "2026-11-19T23:00:00Z"},
		{"epoch_ms", "", "1795161600123", "2026-11-20T08:00:00.123Z"},
		{"epoch_s", "", "1795161600", "2026-11-20T08:00:00Z"},
		{"epoch_s", "", "1795161600000", ""}, // milliseconds
		{"epoch_ms", "", "99999999999999999", ""},
		{"epoch_ms", "", "soon", ""},
		{"DD/MM/YYYY HH:mm", "Europe/Rome", "20/11/2026 09:00", "2026-11-20T08:00:00Z"},
		{"MM/DD/YYYY hh:mm A", "", "11/20/2026 08:00 PM", "2026-11-20T20:00:00Z"},
		{"DD.MM.YYYY", "", "20.11.2026", "2026-11-20T00:00:00Z"},
		{"DD.MM.YYYY", "", "11/20/2026", ""},
		{"iso", "", "20/11/2026", ""},
		{"excel", "", "46346", "2026-11-20T00:00:00Z"},
		{"excel", "Europe/Rome", "46346.375", "2026-11-20T08:00:00Z"},
		{"D.M.YYYY", "", "3.9.2026", "2026-09-03T00:00:00Z"},
		{"D.M.YYYY", "", "20.11.2026", "2026-11-20T00:00:00Z"},
		{"DD/MM/YY", "", "20/11/26", "2026-11-20T00:00:00Z"},
		{"DD/MM/YYYY | iso|excel", "", "20/11/2026", "2026-11-20T00:00:00Z"},
		{"DD/MM/YYYY | iso|excel", "", "2026-11-20", "2026-11-20T00:00:00Z"},
		{"DD/MM/YYYY | iso|excel", "", "46346", "2026-11-20T00:00:00Z"},
		{"epoch_ms", "", "1.789344E12", "2026-09-14T00:00:00Z"},
		{"epoch_ms", "", "1789344000000.0", "2026-09-14T00:00:00Z"},
	} {
		l, err := ParseLayout(tc.layout, tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := l.Read(tc.text)
		if text := got.UTC().Format(time.RFC3339Nano); ok != (tc.want != "") || ok && text != tc.want {
			t.Errorf("%s as %q in %q: %s, %v; want %s", tc.text, tc.layout, tc.zone, text, ok, tc.want)
		}
	}
	for _, tc := range []struct{ layout, zone, text, day string }{
		{"iso", "America/New_York", "2026-11-21T02:00:00Z", "2026-11-20"},
		{"YYYY-MM-DD HH:mm Z", "Europe/Rome", "2026-11-20 20:00 -05:00", "2026-11-21"},
		{"iso", "UTC", "2026-11-20T20:00:00-05:00", "2026-11-21"},
		{"iso", "", "2026-11-20T20:00:00-05:00", "2026-11-20"}, // as it is written
		{"epoch_s", "America/New_York", "1795226400", "2026-11-20"},
	} {
		l, err := ParseLayout(tc.layout, tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := l.Read(tc.text); !ok || got.Format(time.DateOnly) != tc.day {
			t.Errorf("%s in %q: %s, %v; want the day %s", tc.text, tc.zone, got, ok, tc.day)
		}
	}
	for _, bad := range [][2]string{{"epoch", ""}, {"2006-01-02", ""}, {"DD/MM", ""}, {"", "Rome"}, {"iso", "Local"}} {
		if _, err := ParseLayout(bad[0], bad[1]); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
