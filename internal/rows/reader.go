// Package rows reads tables as people keep them, CSV from a spreadsheet or JSON
// lines, row by row, and keeps the rows that were refused beside them.
package rows

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Format of a table.
type Format string

const (
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// because is the column, or the member, that says why a row was refused. It is
// left out when the row is read again.
const because = "rejected_because"

// maxRow bounds a row, in bytes. A row that is longer has a quote that was never closed.
const maxRow = 1 << 20

// Row is one row of a table.
type Row struct {
	Line    int      // where it begins, counted from 1
	Values  []string // of a CSV row, one for each column
	Text    []byte   // of a JSON line
	Problem string   // why it cannot be read; empty: it can
}

// Reader reads a table. It holds one row at a time.
type Reader struct {
	Format  Format
	Columns []string // of a CSV table

	text   *decoding
	bound  *bounded
	lines  *bufio.Reader // of JSON lines
	table  *csv.Reader
	width  int // columns as they stand in the file
	reason int // which of them says why a row was refused; -1: none
	line   int
}

// NewReader begins to read a table. Without a format, one that begins with a brace
// is JSON lines. Text in UTF-8, UTF-16 and Windows-1252 is read; the columns may be
// parted by commas, semicolons, tabs or bars.
func NewReader(in io.Reader, format Format) (*Reader, error) {
	text, decoding := newDecoding(in)
	r := &Reader{Format: format, reason: -1, text: decoding, bound: &bounded{in: text, left: 2 * maxRow}}
	r.lines = bufio.NewReaderSize(r.bound, 64<<10)
	head, err := r.lines.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if bytes.ContainsRune(head, '\r') && !bytes.ContainsRune(head, '\n') { // as old spreadsheets on a Mac end lines
		head = bytes.ReplaceAll(head, []byte("\r"), []byte("\n"))
		r.lines = bufio.NewReaderSize(returns{r.lines}, 64<<10)
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 {
		return nil, errors.New("there is nothing in it: the first row of a CSV file names the columns, a JSONL file has a lead in each line")
	}
	for begins, what := range notTables {
		if bytes.HasPrefix(head, []byte(begins)) {
			return nil, fmt.Errorf("it is %s: save it as CSV UTF-8, and import that", what)
		}
	}
	if inner, ok := bytes.CutPrefix(head, []byte("[")); ok && bytes.HasPrefix(bytes.TrimLeft(inner, " \t\r\n"), []byte("{")) {
		return nil, errors.New("it is one JSON list: write a lead in each line, as `jq -c '.[]' FILE > leads.jsonl` does")
	}
	if r.Format == "" {
		r.Format = CSV
		if head[0] == '{' {
			r.Format = JSONL
		}
	}
	if r.Format == JSONL {
		return r, nil
	}
	return r, r.header(head)
}

// notTables are the beginnings of what is often called a table and is none.
var notTables = map[string]string{
	"PK\x03\x04":       "an Excel workbook, and its name does not end in .xlsx",
	"\xD0\xCF\x11\xE0": "an old Excel workbook (.xls)",
	"ÐÏ\x11à":          "an old Excel workbook (.xls)", // as Windows-1252
	"<":                "a web page, or XML, as some systems export under .xls",
	"%PDF":             "a PDF",
}

// Legacy reports whether what was read so far is in Windows-1252, and not in UTF-8.
func (r *Reader) Legacy() bool { return r.text.legacy }

func (r *Reader) header(head []byte) error {
	r.table = csv.NewReader(r.lines)
	r.table.FieldsPerRecord = -1
	r.table.Comma = comma(head)
	names, err := r.table.Read()
	if err == nil && len(names) <= 2 && strings.HasPrefix(strings.ToLower(names[0]), "sep=") { // Excel's own line
		names, err = r.table.Read()
	}
	if err != nil {
		return r.broken(err)
	}
	r.width = len(names)
	r.reason = slices.IndexFunc(names, func(name string) bool { return strings.TrimSpace(name) == because })
	for i, name := range names {
		name = strings.TrimSpace(r.cell(name))
		switch {
		case !utf8.ValidString(name):
			return fmt.Errorf("the name of column %d is not UTF-8; save the file as CSV UTF-8", i+1)
		case name != "" && slices.Contains(r.Columns, name):
			return fmt.Errorf("two columns are called %q; give each a name of its own", name)
		case name == because:
			continue
		}
		r.Columns = append(r.Columns, name)
	}
	return nil
}

// comma is what parts the columns: what the first line has most of, outside quotes.
func comma(head []byte) rune {
	if sep, ok := bytes.CutPrefix(bytes.ToLower(head), []byte("sep=")); ok && len(sep) > 0 && strings.ContainsRune(",;\t|", rune(sep[0])) {
		return rune(sep[0])
	}
	count := map[byte]int{}
	quoted := false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		}
		if b == '\n' && !quoted {
			break
		}
		if !quoted {
			count[b]++
		}
	}
	best := byte(',')
	for _, b := range []byte(";\t|") {
		if count[b] > count[best] {
			best = b
		}
	}
	return rune(best)
}

// Next returns the next row, io.EOF behind the last one, or an error behind which
// nothing can be read. The row is the caller's to keep.
func (r *Reader) Next() (Row, error) {
	r.bound.left = 2 * maxRow
	if r.Format == JSONL {
		return r.nextLine()
	}
	values, err := r.table.Read()
	for err == nil && !slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) != "" }) {
		r.bound.left = 2 * maxRow
		values, err = r.table.Read() // spreadsheets leave rows of empty cells behind
	}
	if errors.Is(err, io.EOF) {
		return Row{}, io.EOF
	}
	if err != nil {
		return Row{}, r.broken(err)
	}
	r.line, _ = r.table.FieldPos(0)
	row := Row{Line: r.line}
	for len(values) > r.width && strings.TrimSpace(values[len(values)-1]) == "" {
		values = values[:len(values)-1]
	}
	for len(values) < r.width {
		values = append(values, "") // some systems leave empty cells at the end out
	}
	switch i := slices.IndexFunc(values, func(v string) bool { return !utf8.ValidString(v) }); {
	case len(values) != r.width:
		row.Problem = fmt.Sprintf("it has %d values, the first row names %d columns", len(values), r.width)
	case i >= 0:
		row.Problem = fmt.Sprintf("the value in column %d is not UTF-8, as the rows before are: save the file as CSV UTF-8", i+1)
	}
	for i, v := range values {
		if i != r.reason {
			row.Values = append(row.Values, r.cell(v))
		}
	}
	return row, nil
}

// cell is a value as it was before its row was refused.
func (r *Reader) cell(v string) string {
	if r.reason < 0 {
		return v
	}
	return alive(v)
}

// broken is an error of the table in words.
func (r *Reader) broken(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("line %d: a quote stands where none can be, or is never closed (the row begins in line %d)", parse.Line, parse.StartLine)
	}
	if errors.Is(err, errTooLong) {
		return fmt.Errorf("a row near line %d is longer than %d MB: a quote is probably never closed", r.line, maxRow>>20)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("there is nothing in it: the first row names the columns")
	}
	return err
}

func (r *Reader) nextLine() (Row, error) {
	for {
		text, err := r.lines.ReadBytes('\n')
		r.line++
		switch {
		case errors.Is(err, errTooLong):
			return Row{}, fmt.Errorf("line %d is longer than %d MB", r.line, maxRow>>20)
		case err != nil && !errors.Is(err, io.EOF):
			return Row{}, err
		}
		text = bytes.TrimSpace(text)
		if len(text) == 0 && err != nil {
			return Row{}, io.EOF
		}
		if len(text) > 0 {
			return unwrapped(Row{Line: r.line, Text: text}), nil
		}
	}
}

// refusedLine is a JSON line as Refused writes it.
type refusedLine struct {
	Because string          `json:"rejected_because"`
	Row     json.RawMessage `json:"row"`
}

// unwrapped takes the row out of a line that was refused before.
func unwrapped(row Row) Row {
	if !bytes.Contains(row.Text, []byte(because)) {
		return row
	}
	var again refusedLine
	d := json.NewDecoder(bytes.NewReader(row.Text))
	d.DisallowUnknownFields()
	if d.Decode(&again) != nil || again.Row == nil {
		return row
	}
	row.Text = again.Row
	var text string
	if json.Unmarshal(again.Row, &text) == nil { // it was no JSON then
		row.Text = []byte(text)
	}
	return row
}
