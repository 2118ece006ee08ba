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
	at := f.File
	if f.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	}
	if f.Path != "" {
		at += ": " + f.Path
	}
	return at + ": " + f.Text
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
func Nearest[S ~string](word S, words []S) S {
	best, bestAt := S(""), 3
	for _, w := range words {
		if d := apart(string(word), string(w), 2); d < bestAt && 2*d <= len(w) {
			best, bestAt = w, d
		}
	}
	return best
}

// apart counts the bytes to insert, delete or change; more than most are not told apart.
func apart(a, b string, most int) int {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	switch {
	case a == "" || b == "":
		return len(a) + len(b)
	case most == 0:
		return 1
	}
	return 1 + min(apart(a[1:], b, most-1), apart(a, b[1:], most-1), apart(a[1:], b[1:], most-1))
}

// Hint ends a sentence about an unknown word: what was meant, or all that is known.
func Hint[S ~string](word S, known []S) string {
	if near := Nearest(word, known); near != "" {
		return "; did you mean " + string(near) + "?"
	}
	return "; known: " + List(known)
}

// List is the words with commas between them.
func List[S ~string](words []S) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
