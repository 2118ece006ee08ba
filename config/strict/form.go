package strict

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Form is what a text or number must look like. The tags of a field name it:
// `is` what Decode refuses otherwise, `schema` what is left to whoever checks the
// value in words of their own, `doc` what the JSON Schema tells beside both. The
// words of the first two are parted by spaces:
//
//	required    the key must be there
//	1..50       from, to: of a number, time or size; else the letters, items or keys
//	wait|rules  one of these
//	user        a form: of the value, or of all that a list or map holds
//	user?       the same, or nothing
//	keys=path   a form of the keys of a map
//	unique      no item of a list twice
//	only=reason no two reasons of a list that begin with the same name
//	short       this field alone may stand for the whole
//	one         one item may stand for a list
//	either      exactly one of the fields so marked is there; some: at least one
type Form struct {
	schema Schema
	fault  func(any) string // nil: whatever comes is taken
}

var forms = map[string]Form{}

// Define names a form. The fault of a text that is none is a sentence.
func Define(name string, s Schema, fault func(string) string) Form {
	f := Form{schema: s}
	if fault != nil {
		f.fault = func(v any) string { return fault(v.(string)) }
	}
	return f.named(name)
}

func (f Form) named(name string) Form {
	if _, taken := forms[name]; taken {
		panic("strict: two forms are called " + name)
	}
	forms[name] = f
	return f
}

// Pattern names the texts that match; says is the fault of others, perhaps with a %q.
func Pattern(name, pattern, says string) Form {
	match := regexp.MustCompile(pattern)
	return Define(name, Schema{"type": "string", "pattern": pattern}, func(s string) string { return unless(match.MatchString(s), says, s) })
}

// Words names a closed list; says, with a %q and the words behind it, is the fault of others.
func Words[S ~string](name string, words []S, says string) Form {
	says += List(words)
	return Define(name, Schema{"type": "string", "enum": words}, func(s string) string {
		return unless(slices.Contains(words, S(s)), says, s)
	})
}

// Numbers names those from low to high; says is the fault of others, with a %v.
func Numbers(name string, low, high float64, says string) Form {
	return Form{Schema{"type": "number", "minimum": low, "maximum": high}, func(v any) string {
		return unless(v.(float64) >= low && v.(float64) <= high, says, v)
	}}.named(name)
}

func unless(holds bool, says string, value any) string {
	switch {
	case holds:
		return ""
	case strings.Contains(says, "%"):
		return fmt.Sprintf(says, value)
	}
	return says
}

// Fault says what is wrong with a text, "" for nothing.
func (f Form) Fault(s string) string { return f.fault(s) }

// Fits reports whether a text has the form.
func (f Form) Fits(s string) bool { return f.fault(s) == "" }

// check faults what stands at n, and was read into v, by the words of an `is` tag,
// save those on keys.
func (d *decoder) check(n Node, v reflect.Value, tag string) {
	for word := range strings.FieldsSeq(tag) {
		if what, ok := strings.CutPrefix(word, "only="); ok {
			d.once(n, v, what)
		} else if !strings.HasPrefix(word, "keys=") {
			d.each(n, v, word)
		}
	}
}

// keys faults the keys of a map by the words of an `is` tag.
func (d *decoder) keys(n Node, tag string) {
	for word := range strings.FieldsSeq(tag) {
		form, ok := strings.CutPrefix(word, "keys=")
		pairs, _ := n.Pairs()
		for i := 0; ok && i < len(pairs); i++ {
			d.holds(pairs[i].Value, reflect.ValueOf(pairs[i].Key), form)
		}
	}
}

// once faults items whose first field is that of an item before them.
func (d *decoder) once(n Node, v reflect.Value, what string) {
	seen := map[string]bool{}
	for i := range v.Len() {
		name := v.Index(i).Field(0).String()
		if seen[name] {
			item, _ := n.At(i, fieldsOf(v.Type().Elem())[0].key)
			d.fault(item, "the %s %q is listed twice", what, name)
		}
		seen[name] = name != ""
	}
}

// each goes down to the values that a list or map holds.
func (d *decoder) each(n Node, v reflect.Value, word string) {
	items, many := n.items()
	switch {
	case v.Kind() == reflect.Slice && many:
		for i := range v.Len() {
			d.each(items[i], v.Index(i), word)
		}
	case v.Kind() == reflect.Slice && v.Len() == 1: // one that may stand without its list
		d.each(n, v.Index(0), word)
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			value, _ := n.At(key.String())
			d.each(value, v.MapIndex(key), word)
		}
	case v.Kind() != reflect.Slice && v.Kind() != reflect.Struct:
		d.holds(n, v, word)
	}
}

func (d *decoder) holds(n Node, v reflect.Value, word string) {
	name, optional := strings.CutSuffix(word, "?")
	low, high, isRange := strings.Cut(word, "..")
	form := forms[name]
	says := ""
	switch {
	case isRange:
		says = outside(v, low, high)
	case strings.Contains(word, "|"):
		known := strings.Split(word, "|")
		last := len(known) - 1
		says = "%q is not known here; write " + List(known[:last]) + " or " + known[last]
		says = unless(slices.Contains(known, v.String()), says, v)
	case form.fault == nil || optional && v.IsZero():
	case v.Kind() == reflect.String:
		says = form.fault(v.String())
	case v.CanFloat():
		says = form.fault(v.Float())
	}
	if says != "" {
		d.fault(n, "%s", says)
	}
}

// outside is the fault of a number, time or size that is not from low to high.
func outside(v reflect.Value, low, high string) string {
	from, to := reflect.New(v.Type()).Elem(), reflect.New(v.Type()).Elem()
	if set(from, low) != "" || set(to, high) != "" {
		panic("strict: " + low + ".." + high + " are no bounds of " + v.Type().String())
	}
	return unless(from.Int() <= v.Int() && v.Int() <= to.Int(), fmt.Sprintf("%%v is out of range; write %v to %v", shown(from), shown(to)), shown(v))
}

// shown is a value as people write it.
func shown(v reflect.Value) any {
	if d, ok := v.Interface().(time.Duration); ok {
		return Span(d)
	}
	return v
}

// Span writes 90s for what time.Duration calls 1m30s, and 720h for 720h0m0s.
func Span(d time.Duration) string {
	switch {
	case d%time.Hour == 0 && d != 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0 && d >= 10*time.Minute:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d%time.Second == 0:
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return d.String()
}

// ParseSpan reads what time.ParseDuration does, and days such as 90d.
func ParseSpan(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(s)
}
