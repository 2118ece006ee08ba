package intake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"leadtriage/internal/lead"
)

// form reads one JSON object strictly and notes every fault instead of stopping
// at the first. A member that is null or an empty text counts as not sent.
// Names are compared exactly; a name nobody asked for is a fault when the form
// is closed.
type form struct {
	at     string // location of the object; empty for the body itself
	sent   map[string]json.RawMessage
	names  []string // as sent
	known  []string // as asked for
	faulty map[string]bool
	faults *Faults
	// recorded: a record is read again, or what stands for one. It need not be
	// whole, and it may have grown beyond the bounds of a lead as sent.
	recorded bool
}

// parseBody checks that raw is one JSON object in UTF-8 and opens it. A fault of
// the whole text is returned at once: there is nothing to read.
func parseBody(raw []byte, faults *Faults) (*form, bool) {
	if f := checkText(raw, "an object"); f != nil {
		*faults = f
		return nil, false
	}
	return openForm("", raw, faults), true
}

// checkText says what is wrong with a body that must be JSON of one of the kinds.
func checkText(raw []byte, kinds ...string) Faults {
	if len(bytes.TrimSpace(raw)) == 0 {
		return malformed("is empty: send a JSON object")
	}
	if !utf8.Valid(raw) {
		_, valid, _ := encoding.UTF8Validator.Transform(make([]byte, len(raw)), raw, true)
		return malformed("is not valid UTF-8 (first at %s): send JSON as UTF-8", position(raw, valid))
	}
	if bytes.HasPrefix(raw, []byte("\uFEFF")) {
		return malformed("begins with a byte order mark: send JSON as UTF-8 without one")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	var first json.RawMessage
	if err := dec.Decode(&first); err != nil {
		offset := len(raw)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset > 0 {
			offset = min(int(syntax.Offset)-1, len(raw))
		}
		return malformed("is not JSON: it goes wrong at %s", position(raw, offset))
	}
	if end := int(dec.InputOffset()); len(bytes.TrimSpace(raw[end:])) > 0 {
		return malformed("goes on after its JSON object ends, at %s: send one object alone", position(raw, end))
	}
	if !slices.Contains(kinds, kind(first)) {
		return malformed("is %s: send a JSON object", kind(first))
	}
	return nil
}

func position(raw []byte, offset int) string {
	before := raw[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Sprintf("line %d, byte %d", line, offset-bytes.LastIndexByte(before, '\n'))
}

// openForm opens a syntactically valid value. Anything but an object is a fault,
// and the form is then empty.
func openForm(at string, raw json.RawMessage, faults *Faults) *form {
	f := &form{at: at, faulty: map[string]bool{}, faults: faults}
	if kind(raw) != "an object" {
		faults.add(at, "must be a JSON object, not %s", kind(raw))
		return f
	}
	f.sent = map[string]json.RawMessage{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.Token() // the opening brace; the text was checked
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		var value json.RawMessage
		if err != nil || !ok || dec.Decode(&value) != nil {
			faults.add(f.path("?"), "cannot be read")
			return f
		}
		if _, twice := f.sent[name]; twice {
			f.fault(name, "is sent twice: send each field once")
			continue
		}
		f.sent[name] = value
		f.names = append(f.names, name)
	}
	return f
}

// close reports every name that nobody asked for.
func (f *form) close() {
	for _, name := range f.names {
		if slices.Contains(f.known, name) {
			continue
		}
		f.fault(name, "is not a field known here: %s takes %s", cmp.Or(f.at, "the body"), strings.Join(f.known, ", "))
	}
}

func (f *form) path(name string) string {
	name = legible(name)
	if f.at == "" {
		return name
	}
	return f.at + "." + name
}

// legible bounds and cleans a field name that came from outside.
func legible(name string) string {
	name = strings.Map(func(r rune) rune {
		if lead.Invisible(r) {
			return '?'
		}
		return r
	}, name)
	if utf8.RuneCountInString(name) > 60 {
		name = string([]rune(name)[:59]) + "…"
	}
	return name
}

func (f *form) fault(name, format string, args ...any) {
	f.faulty[name] = true
	f.faults.add(f.path(name), format, args...)
}

// require reports a field that was not sent, unless it was already found faulty.
func (f *form) require(name string, given bool, format string, args ...any) {
	if !given && !f.faulty[name] {
		f.fault(name, "is required: "+format, args...)
	}
}

// take returns a member's value, or nil when it was not sent, is null or is
// not of the wanted kind, which is a fault.
func (f *form) take(name string, want ...string) json.RawMessage {
	if !slices.Contains(f.known, name) {
		f.known = append(f.known, name)
	}
	raw, ok := f.sent[name]
	if !ok || kind(raw) == "null" {
		return nil
	}
	if !slices.Contains(want, kind(raw)) {
		f.fault(name, "must be %s, not %s", strings.Join(want, " or "), kind(raw))
		return nil
	}
	return raw
}

func kind(raw json.RawMessage) string {
	switch raw = bytes.TrimLeft(raw, " \t\r\n"); raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// line reads one line of text of at most limit characters, with single spaces for
// whatever white space it has.
func (f *form) line(name string, limit int) string {
	return f.checked(name, f.text(name), limit, false)
}

// prose reads text that may have line breaks, trimmed.
func (f *form) prose(name string, limit int) string {
	s := strings.ReplaceAll(f.text(name), "\r\n", "\n")
	return f.checked(name, strings.ReplaceAll(s, "\r", "\n"), limit, true)
}

// truth reads true or false, also in the words of a table.
func (f *form) truth(name string) bool {
	raw := f.take(name, "true or false", "text")
	if raw == nil {
		return false
	}
	word := strings.ToLower(cmp.Or(unquote(raw), string(raw)))
	yes := slices.Contains([]string{"true", "yes", "1"}, word)
	if !yes && !slices.Contains([]string{`""`, "false", "no", "0"}, word) {
		f.fault(name, "must be true or false")
	}
	return yes
}

func (f *form) text(name string) string {
	raw := f.take(name, "text")
	if raw == nil {
		return ""
	}
	return unquote(raw)
}

func unquote(raw json.RawMessage) string {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

func (f *form) checked(name, s string, limit int, breaks bool) string {
	if s = lead.Clean(s); !breaks {
		s = strings.Join(strings.Fields(s), " ")
	}
	if n := utf8.RuneCountInString(s); n > limit {
		f.fault(name, "is %d characters long: at most %d are taken", n, limit)
		return ""
	}
	return s
}

// parsed reads a line and brings it to its form; one that has none is the fault.
func (f *form) parsed(name string, limit int, parse func(string) (string, bool), fault string, args ...any) string {
	s := f.line(name, limit)
	if s == "" {
		return ""
	}
	s, ok := parse(s)
	if !ok {
		f.fault(name, fault, args...)
		return ""
	}
	return s
}

// choice reads one of several words, compared without regard to case.
func choice[T ~string](f *form, name string, words ...T) T {
	return T(f.parsed(name, 200, func(s string) (string, bool) {
		i := slices.IndexFunc(words, func(w T) bool { return strings.EqualFold(string(w), s) })
		if i < 0 {
			return "", false
		}
		return string(words[i]), true
	}, "is not known here: it is one of %s", lead.Join(words, ", ", "")))
}

// moment reads an RFC 3339 time between 2000 and a day after now, and returns it
// in UTC, to the millisecond that records keep.
func (f *form) moment(name string, now time.Time) time.Time {
	s := f.line(name, 100)
	if s == "" {
		f.require(name, false, "a time such as 2026-11-20T08:00:00Z")
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	switch {
	case err != nil:
		f.fault(name, "is not a time: send RFC 3339 with its zone, such as 2026-11-20T08:00:00Z")
	case !f.recorded && t.After(now.Add(24*time.Hour)):
		f.fault(name, "is more than a day in the future: send when it happened")
	case t.Before(earliest):
		f.fault(name, "is before the year 2000: send when it happened")
	default:
		return t.UTC().Truncate(time.Millisecond)
	}
	return time.Time{}
}

// earliest is the first moment that a referral or an event can have; before it
// stands a clock that was never set.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// object opens a member; one that was not sent is an empty form.
func (f *form) object(name string) *form {
	raw := f.take(name, "an object")
	if raw == nil {
		return &form{at: f.path(name), faulty: map[string]bool{}, faults: f.faults}
	}
	return f.open(f.path(name), raw)
}

// open opens what stands inside.
func (f *form) open(at string, raw json.RawMessage) *form {
	inner := openForm(at, raw, f.faults)
	inner.recorded = f.recorded
	return inner
}

// list splits a member into its elements, at most limit of them.
func (f *form) list(name string, limit int) []json.RawMessage {
	raw := f.take(name, "a list")
	if raw == nil {
		return nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		f.fault(name, "cannot be read")
	}
	if len(elements) > limit && !f.recorded {
		f.fault(name, "has %d entries: at most %d are taken", len(elements), limit)
		return nil
	}
	return elements
}

// each opens every element of a list of objects.
func (f *form) each(name string, limit int, read func(*form)) {
	for i, raw := range f.list(name, limit) {
		if element := f.open(fmt.Sprintf("%s[%d]", f.path(name), i), raw); element.sent != nil {
			read(element)
			element.close()
		}
	}
}
