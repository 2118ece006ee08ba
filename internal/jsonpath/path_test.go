package jsonpath

import (
	"reflect"
	"testing"
)

func TestParse(t *testing.T) {
	key := func(k string) Step { return Step{Key: k} }
	at := func(i int) Step { return Step{List: true, Index: i} }
	for text, want := range map[string]Path{
		"headcount":          {key("headcount")},
		"legal.name":         {key("legal"), key("name")},
		"offices[0].country": {key("offices"), at(0), key("country")},
		"stack[].product":    {key("stack"), at(-1), key("product")},
		"[0].headcount":      {at(0), key("headcount")},
		"[]":                 {at(-1)},
		"a[][]":              {key("a"), at(-1), at(-1)},
		"a[1][]":             {key("a"), at(1), at(-1)},
		"contact[email]":     {key("contact"), key("email")},
		"Work e-mail (new)":  {key("Work e-mail (new)")},
	} {
		if got, err := Parse(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ".", "a.", ".a", "a..b", "a[", "a]", "a[0", "a[0]b", "a.[0]", "a[[0]]", "a[10000]", "a[-1]", "a[b.c]"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}
