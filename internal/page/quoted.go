package page

import (
	_ "embed"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// quoteMark starts a line of a page's text that holds the words of somebody else,
// or words about somebody else: a customer's praise, a case study, a list of
// partners, an old piece of news, a question to the visitor. What stands there
// is no evidence about the company.
const quoteMark = "> "

//go:embed quoted.txt
var quotedText string

// quotedWords tell what belongs to others, by where the words stand.
type quotedWords struct{ names, paths, headings []string }

var quoted = sync.OnceValue(func() quotedWords {
	var q quotedWords
	for line := range strings.Lines(quotedText) {
		kind, words, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch kind {
		case "name":
			q.names = append(q.names, words)
		case "path":
			q.paths = append(q.paths, words)
		case "heading":
			q.headings = append(q.headings, words)
		}
	}
	return q
})

// aboutOthers reports whether a page at that address tells about others: each of
// its parts but a language is looked at.
func aboutOthers(at *url.URL) bool {
	return slices.ContainsFunc(pathWords(at), func(part string) bool { return slices.Contains(quoted().paths, part) })
}

// introducesOthers reports whether what stands under the heading is of others.
func introducesOthers(heading string) bool {
	if low := strings.ToLower(heading); len(heading) > 200 || !slices.ContainsFunc(headingStems, func(stem string) bool { return strings.Contains(low, stem) }) {
		return false
	}
	words := fold(heading)
	if strings.Count(words, " ") > 6 {
		return false
	}
	return slices.ContainsFunc(quoted().headings, func(h string) bool {
		if strings.Contains(h, " ") {
			return containsWords(words, h)
		}
		return words == h
	})
}

// headingStems spare most headings a closer look.
var headingStems = []string{"testimon", " say", "sagen", "review", "stor", "stud", "client", "customer", "kunde", "parten", "partner", "press", "news", "trusted", "loved", "used", "uses", "invest",
	"integra", "stimm", "referen", "erfolg", "bericht", "dicono", "recension", "casi", "rassegna", "temoi", "témoi", "avis", "confiance", "étude", "etude",
	"latest", "blog", "aktuelles", "neuigkeit", "notiz", "novit", "actualit", "notic", "novedad", "casos", "socios"}

// foreign reports whether the element holds the words of others.
func (w *lines) foreign(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Blockquote, atom.Q, atom.Cite, atom.Label:
		return true
	case atom.Html, atom.Body, atom.Main:
		return false
	case atom.Figcaption:
		return n.Parent != nil && holds(n.Parent, atom.Blockquote, atom.Q)
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "class", "id", "role", "aria-label", "aria-roledescription", "itemprop", "itemtype", "typeof":
			if w.namesOthers(a.Val) && !holds(n, atom.Nav, atom.H1, atom.Main) {
				return true
			}
		}
	}
	return false
}

// namesOthers remembers: a page gives the same classes to many elements.
func (w *lines) namesOthers(name string) bool {
	others, known := w.named[name]
	if !known {
		if w.named == nil {
			w.named = map[string]bool{}
		}
		others = namesOthers(name)
		w.named[name] = others
	}
	return others
}

// namesOthers reports whether a class or another name says that its element holds
// the words of others: "testimonial__text", "wp-block-quote", "CustomerQuote".
func namesOthers(name string) bool {
	if len(name) > 1000 {
		return false
	}
	if i := strings.LastIndex(name, "schema.org/"); i >= 0 {
		name = name[i+len("schema.org/"):]
	}
	low := strings.ToLower(name)
	if !slices.ContainsFunc(quotedStems, func(stem string) bool { return strings.Contains(low, stem) }) {
		return false
	}
	for one := range strings.FieldsSeq(name) {
		words := fold(parted(one))
		if slices.ContainsFunc(quoted().names, func(n string) bool { return containsWords(words, n) }) {
			return true
		}
	}
	words := fold(name) // a label is a sentence
	return slices.ContainsFunc(quoted().names, func(n string) bool { return containsWords(words, n) })
}

// quotedStems spare most names a closer look.
var quotedStems = []string{"testi", "review", "quot", "stor", "stud", "logo", "client", "customer", "partner", "kunde", "zitat", "referen", "erfolg", "recension", "cita", "casi", "temoi", "témoi", "avis"}

// parted puts a blank between the words of "customerQuote".
func parted(name string) string {
	var out strings.Builder
	before := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
		before = r
	}
	return out.String()
}

// holds reports whether one of the elements stands under n.
func holds(n *html.Node, elements ...atom.Atom) bool {
	for d := range n.Descendants() {
		if slices.Contains(elements, d.DataAtom) {
			return true
		}
	}
	return false
}

// quote writes the words of somebody else: whole lines behind a mark, and what
// stands within a line between quotation marks.
func (w *lines) quote(n *html.Node) {
	if !w.inline(n) {
		w.end()
		w.quotes++
		w.element(n)
		w.end()
		w.quotes--
		return
	}
	inner := lines{cells: 1, quotes: 1, sheet: w.sheet}
	inner.children(n)
	said := strings.TrimSpace(doubleQuotes.Replace(inner.done()))
	said = strings.TrimSpace(strings.TrimPrefix(said, quoteMark))
	if said != "" {
		w.text("“" + said + "”")
	}
}

var doubleQuotes = strings.NewReplacer(`"`, "’", "“", "’", "”", "’", "„", "’", "«", "’", "»", "’")

// inline reports whether n stands within a line: it makes no lines of its own,
// or is in a cell of a table.
func (w *lines) inline(n *html.Node) bool {
	if w.cells > 0 {
		return true
	}
	if blocks[n.DataAtom] {
		return false
	}
	for d := range n.Descendants() {
		if blocks[d.DataAtom] {
			return false
		}
	}
	return true
}
