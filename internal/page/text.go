package page

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

const (
	maxTitleRunes       = 300
	maxDescriptionRunes = 1000
)

// document is what a body says. title and text are masked.
type document struct {
	title  string
	text   string
	lang   string
	empty  bool // it has no words but its title and description
	markup *survey
}

// extract turns a body into text: title and description first, then one block a
// line. Headings start with "# ", list items with "- ", lines that the page's
// structure gives to others with "> "; cells of a data table, and short lines
// that belong together, are one line with " | " between. What a visitor cannot
// see is left out. Mailboxes and phone numbers are masked before the text is cut
// at limit runes.
func extract(body []byte, contentType string, base *url.URL, limit int) (document, error) {
	body = decode(body, contentType)
	if strings.HasPrefix(strings.ToLower(contentType), "text/plain") {
		var w lines
		w.preformatted(string(body))
		return document{text: finish(w.done(), limit), markup: &survey{at: base, base: base}}, nil
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return document{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	seen := surveyed(root, base)
	doc := document{title: clamp(Mask(seen.title), maxTitleRunes), lang: seen.lang, markup: seen}
	description := clamp(Mask(seen.description), maxDescriptionRunes)
	w := lines{buf: make([]byte, 0, len(body)/4), list: make([]line, 0, len(body)/128), sheet: seen.sheet, named: map[string]bool{}}
	if aboutOthers(base) {
		w.quotes++
	}
	w.block(doc.title)
	if description != doc.title {
		w.block(description)
	}
	w.children(root)
	doc.text, doc.empty = finish(w.done(), limit), w.plain+w.links == 0
	return doc, nil
}

func finish(text string, limit int) string { return clamp(Mask(text), limit) }

// decode returns body as UTF-8. Text that is valid UTF-8 beyond ASCII is taken
// for that, whatever it declares.
func decode(body []byte, contentType string) []byte {
	beyond := func(r rune) bool { return r >= utf8.RuneSelf }
	if whole := trimPartialRune(body); utf8.Valid(whole) && bytes.ContainsFunc(whole, beyond) {
		return bytes.TrimPrefix(whole, []byte("\uFEFF"))
	}
	encoding, _, _ := charset.DetermineEncoding(body, contentType)
	if decoded, err := encoding.NewDecoder().Bytes(body); err == nil {
		body = decoded
	}
	return bytes.ToValidUTF8(bytes.TrimPrefix(body, []byte("\uFEFF")), []byte("\uFFFD"))
}

// trimPartialRune drops a rune that the size limit cut.
func trimPartialRune(b []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		if last := b[len(b)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

func clamp(s string, runes int) string {
	if len(s) <= runes {
		return s
	}
	for i := range s {
		if runes--; runes < 0 {
			return s[:i]
		}
	}
	return s
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Namespace == "" && a.Key == key })
}
