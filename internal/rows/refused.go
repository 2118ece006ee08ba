package rows

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Refused keeps the rows that were refused, each with the reason, in a file that
// can be mended and read again. It is written beside and takes its name when it is
// closed, so that a run which was killed leaves an older file alone.
type Refused struct {
	Path   string
	Count  int
	reader *Reader
	file   *os.File
	out    *bufio.Writer
	table  *csv.Writer
}

// RefusedPath is where the rows of a file that were refused are kept: leads.csv
// has leads.rejected.csv beside it.
func RefusedPath(file string, f Format) string {
	return strings.TrimSuffix(file, filepath.Ext(file)) + ".rejected." + string(f)
}

// NewRefused is for rows of the reader.
func NewRefused(path string, r *Reader) *Refused { return &Refused{Path: path, reader: r} }

// Add keeps a row.
func (f *Refused) Add(row Row, reason string) error {
	if f.file == nil {
		if err := f.open(); err != nil {
			return err
		}
	}
	f.Count++
	reason = fmt.Sprintf("line %d: %s", row.Line, reason)
	if f.table != nil {
		values := row.Values
		for len(values) < len(f.reader.Columns) {
			values = append(values, "")
		}
		return f.table.Write(Inert(append(values, reason)))
	}
	line := refusedLine{Because: reason, Row: row.Text}
	if !json.Valid(row.Text) {
		line.Row, _ = json.Marshal(string(row.Text))
	}
	return json.NewEncoder(f.out).Encode(line)
}

func (f *Refused) open() (err error) {
	if f.file, err = os.OpenFile(f.part(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		return fmt.Errorf("keep refused rows: %w", err)
	}
	f.out = bufio.NewWriter(f.file)
	if f.reader.Format == JSONL {
		return nil
	}
	f.out.WriteString("\uFEFF") // spreadsheets then read it as UTF-8
	f.table = csv.NewWriter(f.out)
	f.table.Comma = f.reader.table.Comma
	return f.table.Write(Inert(append(f.reader.Columns[:len(f.reader.Columns):len(f.reader.Columns)], because)))
}

// runs is the beginning of a cell that a spreadsheet would run, or would if what was
// put before it were taken away.
var runs = regexp.MustCompile(`^'*[=+\-@\t\r\n＝＋－＠]`)

// Inert are cells that no spreadsheet runs: an apostrophe stands before those it would.
func Inert(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		if out[i] = c; runs.MatchString(c) {
			out[i] = "'" + c
		}
	}
	return out
}

// alive is a cell as it was before inert.
func alive(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && runs.MatchString(rest) {
		return rest
	}
	return cell
}

func (f *Refused) part() string { return f.Path + ".part" }

// Close gives the file its name. An older one of that name, in which somebody may
// have mended rows, becomes NAME.old.
func (f *Refused) Close() error {
	if f.file != nil {
		if f.table != nil {
			f.table.Flush()
		}
		if err := errors.Join(f.out.Flush(), f.file.Close()); err != nil {
			return fmt.Errorf("keep refused rows: %w", err)
		}
	}
	if err := os.Rename(f.Path, f.Path+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if f.file == nil {
		return nil
	}
	return os.Rename(f.part(), f.Path)
}
