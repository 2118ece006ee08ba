package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one mistake in a file, in words that say what to write. Line and
// Column count from 1; 0: the file as a whole.
type Fault struct {
	File         string
	Line, Column int
	Path         string
	Text         string
}

func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	b.WriteString(": ")
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Text)
	return b.String()
}

// Faults are all mistakes that were found, one per line when printed.
type Faults []Fault

// Err is nil when there are none, else the faults in the order of the file.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return f
}

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Nearest returns the word of words that was probably meant: at most two
// letters apart and no more than half of the word changed; else "".
func Nearest(word string, words []string) string {
	best, bestAt := "", 3
	for _, w := range words {
		if d := distance(word, w); d < bestAt && 2*d <= len(w) {
			best, bestAt = w, d
		}
	}
	return best
}

// distance counts the bytes to insert, delete or change (Levenshtein).
func distance(a, b string) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
