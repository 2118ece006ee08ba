package page

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/language"
)

const (
	maxTitleRunes       = 300
	maxDescriptionRunes = 1000
)

// document is what a body says.
type document struct {
	title string
	text  string
	lang  string
	links []link
}

// extract turns a body into text: title and description first, then one block a
// line; headings start with "#", list items with "- ", cells of a data table
// are joined by " | ". What a visitor cannot see is left out. Mailboxes and
// phone numbers are masked before the text is cut at limit runes.
func extract(body []byte, contentType string, base *url.URL, limit int) (document, error) {
	body = decode(body, contentType)
	if strings.HasPrefix(strings.ToLower(contentType), "text/plain") {
		var w lines
		w.preformatted(string(body))
		return document{text: finish(w.done(), limit)}, nil
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return document{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	head := readHead(root)
	doc := document{title: head.title, lang: head.lang, links: readLinks(root, base)}
	var w lines
	w.block(head.title)
	if head.description != head.title {
		w.block(head.description)
	}
	w.node(root)
	doc.text = finish(w.done(), limit)
	return doc, nil
}

func finish(text string, limit int) string { return clamp(mask(text), limit) }

// decode returns body as UTF-8. Text that is valid UTF-8 beyond ASCII is taken
// for that, whatever it declares.
func decode(body []byte, contentType string) []byte {
	if whole := trimPartialRune(body); utf8.Valid(whole) && !isASCII(whole) {
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

func isASCII(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func clamp(s string, runes int) string {
	for i := range s {
		if runes--; runes < 0 {
			return s[:i]
		}
	}
	return s
}

// pageHead is what stands before the text, masked.
type pageHead struct{ title, description, lang string }

func readHead(root *html.Node) pageHead {
	var head pageHead
	for n := range root.Descendants() {
		switch n.DataAtom {
		case atom.Html:
			if tag, err := language.Parse(attr(n, "lang")); err == nil && head.lang == "" {
				if base, sure := tag.Base(); sure != language.No {
					head.lang = base.String()
				}
			}
		case atom.Title:
			if head.title == "" && n.Namespace == "" && n.FirstChild != nil {
				head.title = clamp(mask(oneLine(n.FirstChild.Data)), maxTitleRunes)
			}
		case atom.Meta:
			name := strings.ToLower(attr(n, "name") + attr(n, "property"))
			if name == "description" || name == "og:description" && head.description == "" {
				head.description = clamp(mask(oneLine(attr(n, "content"))), maxDescriptionRunes)
			}
		}
	}
	return head
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
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == key {
			return true
		}
	}
	return false
}
