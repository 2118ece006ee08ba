package strict

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decoder is a value that reads itself.
type Decoder interface{ DecodeNode(Node) Faults }

// Decode reads the node into the value that into points to and returns every
// fault. Struct fields are named by their `yaml` tag; Form says what their `is`
// tags ask for. What the file does not name, or leaves empty, keeps its value; a
// list or map in the file replaces the whole list or map. Types that implement
// Decoder or encoding.TextUnmarshaler read themselves; a time.Duration is written
// as 90s, a Node takes what stands there.
func (n Node) Decode(into any) Faults {
	d := decoder{}
	d.value(n, reflect.ValueOf(into).Elem())
	return d.faults
}

type decoder struct{ faults Faults }

func (d *decoder) fault(n Node, format string, args ...any) {
	d.faults = append(d.faults, n.Fault(format, args...))
}

func (d *decoder) value(n Node, v reflect.Value) {
	if n.IsZero() {
		return
	}
	_, readsText := v.Addr().Interface().(encoding.TextUnmarshaler)
	into, readsNode := v.Addr().Interface().(Decoder)
	switch {
	case v.Type() == reflect.TypeFor[Node]():
		v.Set(reflect.ValueOf(n))
	case readsNode:
		d.faults = append(d.faults, into.DecodeNode(n)...)
	case readsText:
		d.text(n, v, "a single value")
	case v.Type() == reflect.TypeFor[time.Duration]():
		d.text(n, v, "a duration such as 90s, 15m or 720h")
	case v.Kind() == reflect.Struct:
		d.structure(n, v)
	case v.Kind() == reflect.Slice:
		d.list(n, v)
	case v.Kind() == reflect.Map:
		d.mapping(n, v)
	case v.Kind() == reflect.String:
		d.text(n, v, "text")
	case v.Kind() == reflect.Bool:
		d.text(n, v, "true or false")
	default:
		d.text(n, v, "a number")
	}
}

func (d *decoder) text(n Node, v reflect.Value, wanted string) {
	s, ok := n.scalar()
	read := reflect.New(v.Type()).Elem()
	if !ok {
		d.fault(n, "expected %s, found %s", wanted, n.kind())
	} else if says := set(read, s); says != "" {
		d.fault(n, "%s", says)
	} else {
		v.Set(read)
	}
}

// set reads a text into v and returns what is wrong with it.
func set(v reflect.Value, s string) string {
	var err error
	wanted := ""
	switch into := v.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		if err := into.UnmarshalText([]byte(s)); err != nil {
			return err.Error()
		}
		return ""
	case *time.Duration:
		wanted = "a duration; write it as 90s, 15m, 720h or 30d"
		*into, err = ParseSpan(s)
	default:
		switch {
		case v.Kind() == reflect.String:
			v.SetString(s)
		case v.Kind() == reflect.Bool:
			wanted = "true or false"
			var b bool
			b, err = strconv.ParseBool(s)
			v.SetBool(b)
		case v.CanInt():
			wanted = "a whole number"
			var i int64
			i, err = strconv.ParseInt(s, 10, v.Type().Bits())
			v.SetInt(i)
		case v.CanFloat():
			wanted = "a number"
			var f float64
			f, err = strconv.ParseFloat(s, 64)
			v.SetFloat(f)
		default:
			panic("strict: cannot decode into " + v.Type().String())
		}
	}
	return unless(err == nil, "%q is not "+wanted, s)
}

func (d *decoder) list(n Node, v reflect.Value) {
	items, ok := n.items()
	if !ok {
		d.fault(n, "expected a list, found %s", n.kind())
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		if item.IsZero() {
			d.fault(item, "this item of the list is empty")
			continue
		}
		d.value(item, out.Index(i))
	}
	v.Set(out)
}

func (d *decoder) mapping(n Node, v reflect.Value) {
	pairs, faults := n.Pairs()
	d.faults = append(d.faults, faults...)
	out := reflect.MakeMapWithSize(v.Type(), len(pairs))
	for _, p := range pairs {
		value := reflect.New(v.Type().Elem()).Elem()
		d.value(p.Value, value)
		if p.Value.IsZero() && value.Kind() == reflect.Struct {
			d.lacking(p.Value, value, nil)
		}
		out.SetMapIndex(reflect.ValueOf(p.Key).Convert(v.Type().Key()), value)
	}
	v.Set(out)
}

// structure reads keys and values, or the one value that stands for the whole.
func (d *decoder) structure(n Node, v reflect.Value) {
	fields := fieldsOf(v.Type())
	_, isList := n.items()
	for _, f := range fields {
		if f.has("short") && (n.IsScalar() || isList && f.Type.Kind() == reflect.Slice) {
			d.field(n, v, f)
			return
		}
	}
	pairs, faults := n.Pairs()
	d.faults = append(d.faults, faults...)
	var seen []string
	for _, p := range pairs {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == p.Key })
		if i < 0 {
			key := p.Value
			key.node, key.path = nil, n.path // the key is at fault, not what follows it
			known := make([]string, len(fields))
			for i, f := range fields {
				known[i] = f.key
			}
			d.fault(key, "unknown key %q%s", p.Key, strings.Replace(Hint(p.Key, known), "; known:", "; known here:", 1))
			continue
		}
		seen = append(seen, p.Key)
		d.field(p.Value, v, fields[i])
	}
	d.lacking(n, v, seen)
}

// lacking faults what must be there and was not seen.
func (d *decoder) lacking(n Node, v reflect.Value, seen []string) {
	for _, f := range fieldsOf(v.Type()) {
		if f.needed && !slices.Contains(seen, f.key) {
			d.check(n, v.FieldByIndex(f.Index), f.Tag.Get("is"))
		}
	}
}

// field reads a field and looks at what could be read.
func (d *decoder) field(n Node, v reflect.Value, f field) {
	var read, checked decoder
	into := v.FieldByIndex(f.Index)
	if f.has("one") && n.IsScalar() {
		into.Set(reflect.MakeSlice(f.Type, 1, 1))
		into = into.Index(0)
	}
	read.value(n, into)
	read.keys(n, f.Tag.Get("is"))
	if !n.IsZero() || f.needed {
		checked.check(n, v.FieldByIndex(f.Index), f.Tag.Get("is"))
	}
	d.faults = append(d.faults, read.faults...)
	for _, fault := range checked.faults {
		if !slices.ContainsFunc(read.faults, func(r Fault) bool { return r.Path == fault.Path }) {
			d.faults = append(d.faults, fault)
		}
	}
}

// field is one that a file can name.
type field struct {
	reflect.StructField
	key    string
	words  []string // of its tags `is` and `schema`
	needed bool     // says `is`
}

func (f field) has(word string) bool { return slices.Contains(f.words, word) }

func fieldsOf(t reflect.Type) (out []field) {
	for f := range t.Fields() {
		if key, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); key != "" && key != "-" {
			is := strings.Fields(f.Tag.Get("is"))
			out = append(out, field{f, key, append(is, strings.Fields(f.Tag.Get("schema"))...), slices.Contains(is, "required")})
		}
	}
	return out
}
