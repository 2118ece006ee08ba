package page

import (
	_ "embed"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"leadtriage/internal/company"
)

// quoteMark starts a line of a page's text that the page's structure marks as the
// words of somebody else: a quotation, a customer's praise, a case study. What
// stands there is no evidence about the company.
const quoteMark = "> "

// quotedNames are identifiers that authors of markup give to what others say: one
// word of a class, an id, a role or a schema.org type, or two neighbours. They
// are compared with identifiers and parts of an address alone, never with text.
var quotedNames = func() map[string]bool {
	names := map[string]bool{}
	for _, words := range company.Rows(othersText) {
		for _, name := range words {
			names[name] = true
		}
	}
	return names
}()

//go:embed others.txt
var othersText string

// aboutOthers reports whether a page at that address tells about others: a part of
// its path is one of the identifiers, or it is a page of one of /customers/.
func aboutOthers(at *url.URL) bool {
	parts := pathWords(at)
	for i, part := range parts {
		if quotedNames[part] || part == "customers" && i < len(parts)-1 {
			return true
		}
	}
	return false
}

// foreign reports whether the page's structure gives the element to others.
func (w *lines) foreign(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Blockquote, atom.Q, atom.Cite:
		return true
	case atom.Html, atom.Body, atom.Main:
		return false
	case atom.Figure:
		if holds(n, atom.Blockquote, atom.Q) {
			return true
		}
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "class", "id", "role", "itemprop", "itemtype", "typeof":
			others, known := w.named[a.Val] // a page gives the same classes to many elements
			if !known {
				others = namesOthers(a.Val)
				w.named[a.Val] = others
			}
			if others && !holds(n, atom.Nav, atom.H1, atom.Main) {
				return true
			}
		}
	}
	return false
}

// namesOthers reports whether identifiers hold one of quotedNames:
// "lead testimonial__text", "wp-block-quote", "CustomerStory".
func namesOthers(identifiers string) bool {
	before := ""
	for word := range strings.FieldsFuncSeq(parted(identifiers), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if quotedNames[word] || quotedNames[before+" "+word] {
			return true
		}
		before = word
	}
	return false
}

// parted brings "customerQuote" to "customer quote".
func parted(name string) string {
	var out strings.Builder
	before := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			out.WriteByte(' ')
		}
		out.WriteRune(unicode.ToLower(r))
		before = r
	}
	return out.String()
}

// holds reports whether one of the elements stands under n; of more than 20 000
// nodes one is taken to, so that nesting cannot make it dear.
func holds(n *html.Node, elements ...atom.Atom) bool {
	seen := 0
	for d := range n.Descendants() {
		if seen++; seen > 20_000 || slices.Contains(elements, d.DataAtom) {
			return true
		}
	}
	return false
}
