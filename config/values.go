package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"leadtriage/config/strict"
)

const hidden = "***"

// Secret prints as *** wherever it is formatted, logged or encoded.
type Secret string

// Reveal is the secret itself, for the one client that needs it.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format hides the secret from every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

func (s Secret) LogValue() slog.Value          { return slog.StringValue(s.String()) }
func (s Secret) MarshalText() ([]byte, error)  { return []byte(s.String()), nil }
func (s *Secret) UnmarshalText(b []byte) error { *s = Secret(strings.TrimSpace(string(b))); return nil }

// Location is an address that may carry a password. It prints without password,
// query and the path of a web address, which is often a webhook's secret; Reveal
// is the whole.
type Location string

func (l Location) Reveal() string { return string(l) }

func (l Location) String() string {
	u, err := url.Parse(string(l))
	switch {
	case l == "":
		return ""
	case err != nil || u.Scheme == "" || u.Opaque != "":
		return hidden
	}
	if u.User != nil {
		u.User = url.UserPassword(u.User.Username(), hidden)
	}
	if strings.HasPrefix(u.Scheme, "http") && strings.Trim(u.Path, "/") != "" {
		u.Path, u.RawPath = "/"+hidden, ""
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.ReplaceAll(u.String(), url.QueryEscape(hidden), hidden)
}

// Format hides the password from every verb of package fmt.
func (l Location) Format(f fmt.State, _ rune) { fmt.Fprint(f, l.String()) }

func (l Location) LogValue() slog.Value         { return slog.StringValue(l.String()) }
func (l Location) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// API is the interface of a model's server.
type API string

const (
	Responses API = "responses"
	Chat      API = "chat"
)

func (a *API) UnmarshalText(b []byte) error {
	switch got := API(b); got {
	case Responses, Chat, "":
		*a = got
		return nil
	}
	return fmt.Errorf("%q is not an API; write responses or chat", b)
}

// OnCap is what happens to leads when the day's budget for the model is spent.
type OnCap string

const (
	WaitOnCap  OnCap = "wait"  // facts are looked for on the next day; cards go out incomplete
	RulesOnCap OnCap = "rules" // leads are scored by what was sent
)

// Size is a number of bytes, written as 500kB, 1MB or a plain number; kB and MB
// go by 1024, as in Postgres.
type Size int64

var units = []struct {
	name  string
	bytes Size
}{{"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}, {"", 1}}

var _ = strict.Define("size", strict.Schema{"type": []string{"string", "integer"}, "pattern": "^[0-9]+ ?(MB|kB|B)?$", "minimum": 0}, nil)

// Schema implements strict.Schemer.
func (Size) Schema() strict.Schema { return strict.Named("size") }

func (s *Size) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	for _, unit := range units {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32)
		if err != nil {
			break
		}
		*s = Size(n) * unit.bytes
		return nil
	}
	return fmt.Errorf("%q is not a size; write it as 500kB or 1MB", text)
}

func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Size) String() string {
	for _, unit := range units {
		if s != 0 && s%unit.bytes == 0 {
			return strconv.FormatInt(int64(s/unit.bytes), 10) + unit.name
		}
	}
	return "0B"
}

// LogLevel is a slog.Level with a sentence for whoever mistypes it.
type LogLevel struct{ slog.Level }

func (l *LogLevel) UnmarshalText(b []byte) error {
	if l.Level.UnmarshalText(b) != nil {
		return errors.New("write debug, info, warn or error")
	}
	return nil
}

var _ = strict.Define("network", strict.Schema{"type": "string"}, func(s string) string {
	if _, err := Network(s); err != nil {
		return fmt.Sprintf("%q is neither an address nor a network; write such as 10.0.0.7 or 10.0.0.0/8", s)
	}
	return ""
})

// Network reads an address, or several by their common beginning.
func Network(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Prefix(a.BitLen())
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}
