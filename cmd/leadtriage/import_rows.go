package main

import (
	"bufio"
	"encoding/json"
	"io"
	"regexp"
	"strings"

	"leadtriage/internal/intake"
	"leadtriage/internal/rows"
	"leadtriage/internal/source"
)

// plainRows makes of a row the object whose members its columns name, as amount.value. A
// member of rest stands where the row has none.
func plainRows(table *rows.Reader, rest map[string]string) func(rows.Row) intake.Element {
	return func(r rows.Row) intake.Element {
		if table.Format == rows.JSONL {
			return intake.Element{Mapped: source.Mapped{Lead: r.Text}}
		}
		object := map[string]any{}
		for i, name := range table.Columns {
			if i >= len(r.Values) || strings.TrimSpace(r.Values[i]) == "" {
				continue
			}
			if known, ok := analyticsColumns[strings.ToLower(name)]; ok {
				name = known
			}
			into, outer, inner := object, "", name
			if outer, inner, _ = strings.Cut(name, "."); inner == "" {
				inner = outer
			} else {
				if object[outer] == nil {
					object[outer] = map[string]any{}
				}
				into = object[outer].(map[string]any)
			}
			if into[inner] = r.Values[i]; name == "day" {
				into[inner] = analyticsDay.ReplaceAllString(r.Values[i], "$1-$2-$3")
			}
		}
		for name, value := range rest {
			if object[name] == nil && value != "" {
				object[name] = value
			}
		}
		text, _ := json.Marshal(object)                                                                                       // texts always marshal
		return intake.Element{Mapped: source.Mapped{Lead: text, Ignored: object["page"] == nil && object["sessions"] != nil}} // the total
	}
}

// analyticsColumns are what Google Analytics 4 calls our fields.
var analyticsColumns = map[string]string{
	"landing page": "page", "landing page + query string": "page", "page path": "page", "page path and screen class": "page",
	"page location": "page", "date": "day", "sessions": "sessions",
}

// analyticsDay is a day as it writes one.
var analyticsDay = regexp.MustCompile(`^(20[0-9]{2})([0-1][0-9])([0-3][0-9])$`)

// analytics skips the notes before the table of a file of Google Analytics 4. They name the
// period's first day: that of rows without a day.
func analytics(text io.Reader) (table io.Reader, first string) {
	in := bufio.NewReader(text)
	for {
		if next, err := in.Peek(1); err != nil || next[0] != '#' && next[0] != '\n' && next[0] != '\r' {
			return in, first
		}
		line, _ := in.ReadString('\n')
		for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r < '0' || r > '9' }) {
			if first == "" && analyticsDay.MatchString(word) {
				first = analyticsDay.ReplaceAllString(word, "$1-$2-$3")
			}
		}
	}
}
