package rows

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/unicode"
)

func utf16(s string) string {
	out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func TestTables(t *testing.T) {
	plain := [][]string{{"Jane", "Café Zoë"}, {"Ada", "two\nlines, \"quoted\""}}
	const csvText = "name,company\nJane,Café Zoë\nAda,\"two\nlines, \"\"quoted\"\"\"\n"
	for name, text := range map[string]string{
		"utf-8":               csvText,
		"crlf":                strings.ReplaceAll(strings.ReplaceAll(csvText, "\n", "\r\n"), "two\r\n", "two\n"),
		"byte order mark":     "\uFEFF" + csvText,
		"utf-16":              utf16(csvText),
		"windows-1252":        strings.NewReplacer("é", "\xe9", "ë", "\xeb").Replace(csvText),
		"semicolons":          "name;company\nJane;Café Zoë\nAda;\"two\nlines, \"\"quoted\"\"\"\n",
		"tabs":                "name\tcompany\nJane\tCafé Zoë\nAda\t\"two\nlines, \"\"quoted\"\"\"\n",
		"excel's line":        "sep=;\r\nname;company\nJane;Café Zoë\nAda;\"two\nlines, \"\"quoted\"\"\"\n",
		"refused before":      "\uFEFFname,rejected_because,company\nJane,line 2: x,Café Zoë\nAda,y,\"two\nlines, \"\"quoted\"\"\"\n",
		"carriage returns":    strings.ReplaceAll(csvText, "\n", "\r"),
		"spaces, empties":     "\n name , company ,\nJane,Café Zoë,\n\nAda,\"two\nlines, \"\"quoted\"\"\",,\n",
		"rows of empty cells": strings.Replace(csvText, "\nAda", "\n,\nAda", 1) + ", \n,\n",
		"no last newline":     strings.TrimRight(csvText, "\n"),
		"comma in quotes":     "\"name\",company\nJane,Café Zoë\nAda,\"two\nlines, \"\"quoted\"\"\"\n",
	} {
		for _, in := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			r, err := NewReader(in, CSV)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var got [][]string
			for {
				row, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil || row.Problem != "" {
					t.Fatalf("%s: %v %s", name, err, row.Problem)
				}
				got = append(got, row.Values[:2])
			}
			if !reflect.DeepEqual(got, plain) || !reflect.DeepEqual(r.Columns[:2], []string{"name", "company"}) {
				t.Errorf("%s: %q %q", name, r.Columns, got)
			}
			if r.Legacy() != (name == "windows-1252") {
				t.Errorf("%s: legacy is %v", name, r.Legacy())
			}
		}
	}
}

func TestBrokenTables(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"a JSON list":   {"[{\"a\":1}]", "it is one JSON list: write a lead in each line, as `jq -c '.[]' FILE > leads.jsonl` does"},
		"empty":         {" \n", "there is nothing in it"},
		"same name":     {"a,a\n1,2\n", `two columns are called "a"`},
		"open quote":    {"a,b\n1,\"2\n3,4\n", "line 3: a quote stands where none can be, or is never closed (the row begins in line 2)"},
		"endless quote": {"a,b\n1,\"2\n" + strings.Repeat("x,y\n", 1<<20), "a quote is probably never closed"},
		"a workbook":    {"PK\x03\x04\x14\x00", "it is an Excel workbook, and its name does not end in .xlsx: save it as CSV UTF-8"},
		"an old one":    {"\xD0\xCF\x11\xE0\xA1\xB1", "it is an old Excel workbook"},
		"a web page":    {"\n<html><table><tr><td>Name", "it is a web page"},
		"too many":      {"a,b\n1,2,3\n", "it has 3 values"},
		"mixed letters": {"a,b\né,2\n\xe9,2\n", "the value in column 1 is not UTF-8"},
	} {
		r, err := NewReader(strings.NewReader(tc.text), CSV)
		for err == nil {
			var row Row
			if row, err = r.Next(); row.Problem != "" {
				err = errors.New(row.Problem)
			}
		}
		if !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

func TestRefusedRowsAreReadAgain(t *testing.T) {
	for format, tc := range map[Format]struct{ text, refused string }{
		CSV:   {"a;b\n1;\"x;y\"\n2;z\n3;\n", "\uFEFFa;b;rejected_because\n1;\"x;y\";line 2: bad\n2;z;line 4: bad\n3;;line 5: bad\n"},
		JSONL: {"{\"a\":1}\n\n{\"a\":\n", `{"rejected_because":"line 1: bad","row":{"a":1}}` + "\n" + `{"rejected_because":"line 3: bad","row":"{\"a\":"}` + "\n"},
	} {
		file := filepath.Join(t.TempDir(), "leads."+string(format))
		text := tc.text
		if format == CSV {
			text = strings.Replace(text, "2;z", "\n2;z", 1)
		}
		r, err := NewReader(strings.NewReader(text), "")
		if err != nil {
			t.Fatal(err)
		}
		path := RefusedPath(file, format)
		os.WriteFile(path, []byte("mended by somebody"), 0o600)
		refused := NewRefused(path, r)
		var first []Row
		for row, err := r.Next(); err == nil; row, err = r.Next() {
			first = append(first, row)
			if err := refused.Add(row, "bad"); err != nil {
				t.Fatal(err)
			}
		}
		if err := refused.Close(); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(path)
		if string(got) != tc.refused {
			t.Errorf("%s:\n%s\nwant\n%s", format, got, tc.refused)
		}
		if old, _ := os.ReadFile(path + ".old"); string(old) != "mended by somebody" {
			t.Errorf("%s: what was there is %q", format, old)
		}
		again, err := NewReader(strings.NewReader(string(got)), "")
		if err != nil || again.Format != format {
			t.Fatalf("%s, %v", again.Format, err)
		}
		for i := range first {
			row, err := again.Next()
			if err != nil || format == JSONL && string(row.Text) != string(first[i].Text) || format == CSV && row.Values[0] != first[i].Values[0] {
				t.Errorf("%s: %v %v, want %v", format, row, err, first[i])
			}
		}
	}
}

// No cell of the file of refused rows is one that a spreadsheet runs, and each is
// read again as it was.
func TestRefusedCellsAreInert(t *testing.T) {
	cells := []string{"=1+1", "+39 051 1", "-5", "@SUM(A1)", "\tx", "\n=x", "'=x", "''-x", "plain", "'quoted'", "", "＝x", "a=b"}
	var in strings.Builder
	out := csv.NewWriter(&in)
	names := make([]string, len(cells))
	for i := range cells {
		names[i] = fmt.Sprint("c", i)
	}
	names[0] = "=HYPERLINK(1)"
	out.WriteAll([][]string{names, cells})
	r, err := NewReader(strings.NewReader(in.String()), CSV)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "leads.rejected.csv")
	refused := NewRefused(path, r)
	row, err := r.Next()
	if err == nil {
		err = errors.Join(refused.Add(row, "=bad"), refused.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	kept, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range kept {
		for _, c := range line {
			if c != "" && strings.ContainsRune("=+-@\t\r\n＝", []rune(c)[0]) {
				t.Errorf("a spreadsheet runs %q", c)
			}
		}
	}
	again, err := NewReader(strings.NewReader(string(text)), "")
	if err != nil {
		t.Fatal(err)
	}
	if row, err = again.Next(); err != nil || !reflect.DeepEqual(row.Values, cells) || again.Columns[0] != names[0] {
		t.Errorf("%v\n%q\n%q %q", err, row.Values, cells, again.Columns)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("a;b\n1;\"2\"\n"), true)
	f.Add([]byte("\xff\xfea\x00"), true)
	f.Add([]byte(`{"rejected_because":"x","row":7}`), false)
	f.Fuzz(func(t *testing.T, text []byte, table bool) {
		format := JSONL
		if table {
			format = CSV
		}
		r, err := NewReader(strings.NewReader(string(text)), format)
		if err != nil {
			return
		}
		refused := NewRefused(filepath.Join(t.TempDir(), "x"), r)
		for n := 0; n < 100; n++ {
			row, err := r.Next()
			if err != nil {
				return
			}
			if err := refused.Add(row, "y"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
