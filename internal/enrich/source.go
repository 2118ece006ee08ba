package enrich

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"leadtriage/internal/evidence"
	"leadtriage/internal/page"
)

// source is a page that the model was shown, or a part of it.
type source struct {
	id, url, text string
	words         *evidence.Text // of text, once a claim needed it
}

// trim shortens a text to so many runes and bytes at the end of a line; a first
// line that is longer than that is cut.
func trim(s string, runes, size int) string {
	n := 0
	for at, r := range s {
		if n++; n <= runes && at+utf8.RuneLen(r) <= size {
			continue
		}
		s = s[:at]
		if i := strings.LastIndexByte(s, '\n'); i > 0 {
			return s[:i]
		}
		break
	}
	return s
}

// shownAddress is a page's address as the model sees it: without mailboxes and
// phone numbers, too.
func shownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if query, err := url.QueryUnescape(u.RawQuery); err != nil || page.Mask(query) != query {
		u.RawQuery = ""
	}
	return page.MaskPath(u).String()
}
