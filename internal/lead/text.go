package lead

import (
	"strings"
	"unicode"
)

// Clean drops from a text what nobody needs, and what could hide or turn around
// what a reader sees: it comes with what somebody pasted. Line breaks and tabs
// stay; bytes that are not UTF-8 become U+FFFD. Every text from outside that is
// kept has gone through it.
func Clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && Invisible(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// Invisible reports whether a character shows nothing: controls, the marks of
// direction, what has no width, half pairs and code points that are none.
func Invisible(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return unicode.In(r, unicode.C, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
}
