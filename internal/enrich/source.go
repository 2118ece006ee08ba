package enrich

import (
	"strings"
	"unicode/utf8"
)

// source is a page as the model was shown it.
type source struct {
	id, url, text string
}

// trim shortens a text to n runes at the end of a line; a first line that is
// longer than that is cut.
func trim(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	s = string([]rune(s)[:n])
	if i := strings.LastIndexByte(s, '\n'); i > 0 {
		return s[:i]
	}
	return s
}
