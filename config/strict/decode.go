package strict

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Decoder is a value that reads itself.
type Decoder interface{ DecodeNode(Node) Faults }

// Decode reads the node into the value that into points to and returns every
// fault. Struct fields are named by their `yaml` tag. What the file does not
// name, or leaves empty, keeps its value; a list or map in the file replaces the
// whole list or map. Types that implement Decoder or encoding.TextUnmarshaler
// read themselves; a time.Duration is written as 90s, a Node takes what stands there.
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
	switch into := v.Addr().Interface().(type) {
	case *Node:
		*into = n
		return
	case Decoder:
		d.faults = append(d.faults, into.DecodeNode(n)...)
		return
	case *time.Duration:
		d.duration(n, into)
		return
	case encoding.TextUnmarshaler:
		if s, ok := d.text(n, "a single value"); ok {
			if err := into.UnmarshalText([]byte(s)); err != nil {
				d.fault(n, "%v", err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Slice:
		d.list(n, v)
	case reflect.Map:
		d.mapping(n, v)
	case reflect.String:
		if s, ok := d.text(n, "text"); ok {
			v.SetString(s)
		}
	default:
		d.number(n, v)
	}
}

func (d *decoder) text(n Node, wanted string) (string, bool) {
	s, ok := n.scalar()
	if !ok {
		d.fault(n, "expected %s, found %s", wanted, n.kind())
	}
	return s, ok
}

func (d *decoder) duration(n Node, into *time.Duration) {
	s, ok := d.text(n, "a duration such as 90s, 15m or 720h")
	if !ok {
		return
	}
	got, err := time.ParseDuration(s)
	if err != nil {
		d.fault(n, "%q is not a duration; write it as 90s, 15m or 720h", s)
		return
	}
	*into = got
}

func (d *decoder) number(n Node, v reflect.Value) {
	wanted := map[bool]string{true: "true or false", false: "a number"}[v.Kind() == reflect.Bool]
	s, ok := d.text(n, wanted)
	if !ok {
		return
	}
	var err error
	switch {
	case v.Kind() == reflect.Bool:
		var b bool
		if b, err = strconv.ParseBool(s); err == nil {
			v.SetBool(b)
		}
	case v.CanInt():
		wanted = "a whole number"
		var i int64
		if i, err = strconv.ParseInt(s, 10, v.Type().Bits()); err == nil {
			v.SetInt(i)
		}
	case v.CanFloat():
		var f float64
		if f, err = strconv.ParseFloat(s, 64); err == nil {
			v.SetFloat(f)
		}
	default:
		panic("strict: cannot decode into " + v.Type().String())
	}
	if err != nil {
		d.fault(n, "%q is not %s", s, wanted)
	}
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
		out.SetMapIndex(reflect.ValueOf(p.Key).Convert(v.Type().Key()), value)
	}
	v.Set(out)
}

func (d *decoder) structure(n Node, v reflect.Value) {
	pairs, faults := n.Pairs()
	d.faults = append(d.faults, faults...)
	names, fields := keys(v.Type())
	for _, p := range pairs {
		index, ok := fields[p.Key]
		if !ok {
			key := p.Value
			key.node, key.path = nil, n.path // the key is at fault, not what follows it
			d.fault(key, "unknown key %q%s", p.Key, hint(p.Key, names))
			continue
		}
		d.value(p.Value, v.Field(index))
	}
}

func hint(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; known here: " + strings.Join(known, ", ")
}

// keys are the names that a struct reads, in order, and the field of each.
func keys(t reflect.Type) (names []string, fields map[string]int) {
	fields = make(map[string]int, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		names = append(names, name)
		fields[name] = i
	}
	return names, fields
}
